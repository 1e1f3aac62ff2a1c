wb version
