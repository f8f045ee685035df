"""Runs a program for as long as the process lives that started this one: `tied_child.py PROGRAM ARGUMENTS`.

The parent keeps the other end of standard input open. However it goes away, even killed, the pipe closes.
"""

import os
import subprocess
import sys
import threading

program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)


def end_when_the_parent_is_gone() -> None:
    while os.read(0, 1024):
        pass
    program.kill()


threading.Thread(target=end_when_the_parent_is_gone, daemon=True).start()
sys.exit(program.wait())
