"""MiniStack, ending with the process that started it.

The parent keeps the other end of standard input open. However it goes away, even killed, the pipe closes, and MiniStack then stops
the clean way, which is the only one that saves its state. Run by the interpreter of .tools.
"""

import os
import signal
import sys
import threading

from ministack.app import main
from ministack.services import lambda_svc


def stop_when_the_parent_is_gone() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


# MiniStack 1.5.33 saves how far a function has read a table's stream, but not the stream: it would skip as many new records.
lambda_svc._restore_esm_positions = lambda positions, saved: None

threading.Thread(target=stop_when_the_parent_is_gone, daemon=True).start()
sys.argv[1:] = []
main()
