"""The local web page: the use cases of the command line for people who use no terminal."""
