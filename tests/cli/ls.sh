samples
wb ls
