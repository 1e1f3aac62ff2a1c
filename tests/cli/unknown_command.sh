wb verison
