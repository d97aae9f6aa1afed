"""The outer floor: the command line and files; the only place with a clock, a disk, an environment and a terminal."""
