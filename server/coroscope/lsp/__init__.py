"""The language server: the only part of coroscope that knows the protocol."""
