"""The command line: `check`, `fix`, `reveal`, `explain`, `demo`, and help for `server`.

`app` declares the commands and their options; each command's work is in the module of its name, which is imported
only when the command runs. `session` is the one place that leads from options to analysed files; `formats` writes
what was found, one module a format.
"""
