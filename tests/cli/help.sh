wb help
