package t
default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"; input.tag != "PII" }
allow { input.resource == "network"; input.host == "x"; input.port == 443 }
allow { input.resource == "secret"; input.name == "x" }
