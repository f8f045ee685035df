"""MiniStack, ending with the process that started it, with a mailbox, and saving what it stores while it runs.

The parent keeps the other end of standard input open. However it goes away, even killed, the pipe closes, and MiniStack then stops
the clean way. Run by the interpreter of .tools.
"""

import asyncio
import base64
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from ministack import app
from ministack.core import iam_actions, persistence
from ministack.services import dynamodb, lambda_svc, ses_v2
from ministack.services.cloudformation import changesets, engine

sys.path.append(str(Path(__file__).resolve().parent.parent))
from local import mailbox


def stop_when_the_parent_is_gone() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


# MiniStack 1.5.33 saves how far a function has read a table's stream, but not the stream: it would skip as many new records.
lambda_svc._restore_esm_positions = lambda positions, saved: None

# MiniStack starts a process for each request that finds all of a function's busy; 64 cold starts at once take this machine a minute.
# Here they wait for one that is free: none of our functions waits for another, so that can't lock up.
acquire = lambda_svc.acquire_worker
PROCESSES = 2 * (os.cpu_count() or 1)


def acquire_when_free(*arguments, **options):
    while True:
        worker, how = acquire(*arguments, **{**options, "max_concurrency": PROCESSES})
        if worker is not None:
            return worker, how
        time.sleep(0.01)


lambda_svc.acquire_worker = acquire_when_free

# A function may say which records of a stream's batch it could not handle. MiniStack 1.5.33 goes on behind the batch all the same, and
# an event or a mail of them is lost. As on AWS, they come again; with them here those of the batch that are done, which may be anyway.
execute_function = lambda_svc._execute_function


def execute_all_of_a_batch(function, event):
    result = execute_function(function, event)
    records = event.get("Records") if isinstance(event, dict) else None
    body = result.get("body")
    if records and records[0].get("eventSource") == "aws:dynamodb" and not result.get("error"):
        told = json.loads(body) if isinstance(body, str) and body else body
        if isinstance(told, dict) and told.get("batchItemFailures"):
            return {**result, "error": True, "body": {"errorType": "PartialBatch", "errorMessage": str(told)}}
    return result


lambda_svc._execute_function = execute_all_of_a_batch

# A stack's parameters are strings. MiniStack 1.5.33 makes numbers of them when it makes a queue's mapping, and none when it updates it:
# after a second deployment its poller fails, and no webhook is delivered any more.
queue_concurrency = lambda_svc._sqs_esm_concurrency


def queue_concurrency_of_numbers(mapping, *arguments):
    scaling = {name: int(value) for name, value in (mapping.get("ScalingConfig") or {}).items()}
    return queue_concurrency({**mapping, "ScalingConfig": scaling}, *arguments)


lambda_svc._sqs_esm_concurrency = queue_concurrency_of_numbers

# The import bucket takes encrypted connections only, and there are none here.
pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda address, secure: pin_request_origin(address, True)

# What IAM asks for, MiniStack 1.5.33 does not know of two calls: for messages it wants an action of the name of their batch, which is
# none, and for a mail a permission on "*", which no role has that may send from one address.
action_of, resource_of = iam_actions.extract_iam_action, iam_actions.extract_resource_arn


def action_of_batches_too(service, *request):
    action = action_of(service, *request)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def resource_of_mails_too(service, method, path, headers, body, query, region, account_id):
    if service == "ses" and method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
        return f"arn:aws:ses:{region}:{account_id}:identity/{json.loads(body).get('FromEmailAddress')}"
    return resource_of(service, method, path, headers, body, query, region, account_id)


iam_actions.extract_iam_action, iam_actions.extract_resource_arn = (
    action_of_batches_too,
    resource_of_mails_too,
)

# CloudFormation tells SAM the parameters' values, which decide on the names of functions' versions. MiniStack 1.5.33 does not.
apply_transforms = changesets._apply_transforms


def apply_transforms_with_values(template, provided=None, previous=None):
    declared = template.get("Parameters", {})
    values = engine._transform_parameters(template, provided, previous)
    filled = {
        name: {**each, "Default": values[name]} if name in values else each for name, each in declared.items()
    }
    applied = apply_transforms({**template, "Parameters": filled}, provided, previous)
    if "Parameters" in applied:
        applied["Parameters"] = declared
    return applied


changesets._apply_transforms = apply_transforms_with_values

# MiniStack 1.5.33 saves its state at a clean stop only. Here the table is saved soon after each change, and everything when the parent
# asks, which it does after a deployment: nothing but the table and the bucket, whose files are their own, changes from then on.
# It happens in the event loop's thread, as all that changes the table does: no transaction is saved by halves.
SAVE_SECONDS = 2
READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")
unsaved = threading.Event()
handle_dynamodb = dynamodb.handle_request


async def handle_dynamodb_and_note(method, path, headers, body, query_params):
    answer = await handle_dynamodb(method, path, headers, body, query_params)
    if not headers.get("x-amz-target", "").rpartition(".")[2].startswith(READS):
        unsaved.set()
    return answer


async def save_the_table_while_it_changes():
    pause = SAVE_SECONDS
    while True:
        await asyncio.sleep(pause)
        if unsaved.is_set():
            unsaved.clear()
            started = time.monotonic()
            with dynamodb._lock:  # items whose time is over are removed by another thread
                state = dynamodb.get_state()
            persistence.save_state("dynamodb", state)
            # A large table takes long to save, and nothing is answered meanwhile.
            pause = max(SAVE_SECONDS, 20 * (time.monotonic() - started))


def save_everything():
    states = app._build_persistence_save_dict()
    # What says that everything is deployed comes last.
    states["cloudformation"] = states.pop("cloudformation")
    persistence.save_all(states)


dynamodb.handle_request = handle_dynamodb_and_note

# MiniStack keeps of a mail neither its attachments nor its headers.
mails = []
handle_ses = ses_v2.handle_request


async def handle_ses_and_keep(method, path, headers, body, query_params):
    answer = await handle_ses(method, path, headers, body, query_params)
    if method == "POST" and path.rstrip("/").endswith("/outbound-emails") and answer[0] == 200:
        raw = json.loads(body).get("Content", {}).get("Raw")
        if raw:
            mails.append(mailbox.Mail(base64.b64decode(raw["Data"]), time.time()))
    return answer


ses_v2.handle_request = handle_ses_and_keep


def docs_url():
    """Where the API's documents are, as local/cloud.py wrote it down."""
    try:
        return json.loads((Path(persistence.STATE_DIR).parent / "demo.json").read_text())["docs_url"]
    except (OSError, ValueError, KeyError):
        return None


whole = app.app
tasks = set()


async def with_pages(scope, receive, send):
    """MiniStack, with pages for a browser, which signs nothing, and an address at which the parent asks for a save."""
    if scope["type"] == "lifespan" and persistence.PERSIST_STATE:
        tasks.add(asyncio.create_task(save_the_table_while_it_changes()))
    if scope["type"] == "http":
        request = scope["method"], scope["path"]
        page = None
        if request == ("POST", "/_frontdesk/save"):
            save_everything()
            page = mailbox.Answer(200, "text/plain", b"")
        elif request[0] == "GET" and not any(
            name.lower() == b"authorization" for name, _ in scope["headers"]
        ):
            page = mailbox.answer(scope["path"], mails, docs_url())
        if page:
            headers = {"Content-Type": page.content_type, **dict(page.headers)}
            return await app._send_response(send, page.status, headers, page.body)
    return await whole(scope, receive, send)


app.app = with_pages

threading.Thread(target=stop_when_the_parent_is_gone, daemon=True).start()
sys.argv[1:] = []
app.main()
