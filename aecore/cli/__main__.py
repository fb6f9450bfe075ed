"""`python -m aecore.cli`: the command line without its script."""

from aecore.cli import main

main()
