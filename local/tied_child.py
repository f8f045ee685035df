"""Runs a program until the parent process ends.

Run it as `tied_child.py PROGRAM ARGUMENTS`, with a pipe from the parent as standard input. The pipe closes when the
parent ends, even if the parent is killed.
"""

import os
import subprocess
import sys
import threading

program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)


def end_when_the_parent_is_gone() -> None:
    """Waits until standard input closes, then kills the program."""
    while os.read(0, 1024):
        pass
    program.kill()


threading.Thread(target=end_when_the_parent_is_gone, daemon=True).start()
sys.exit(program.wait())
