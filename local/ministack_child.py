"""Runs MiniStack with a mailbox until the parent process ends, and saves its state while it runs.

Standard input is a pipe from the parent. When the parent ends, even if it is killed, the pipe closes, and MiniStack
stops cleanly. The interpreter in .tools runs this module.
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
    """Waits until standard input closes, then sends this process SIGTERM."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


# MiniStack 1.5.33 saves the position up to which a function has read a table's stream, but not the stream itself. After a restart, the
# stream is empty, and the function would skip as many new records.
lambda_svc._restore_esm_positions = lambda positions, saved: None

# If all processes of a function are busy, MiniStack starts another one for each request, and 64 cold starts at once take a minute.
# Here, requests wait for a free process. No function waits for another, so there can be no deadlock.
acquire = lambda_svc.acquire_worker
PROCESSES = 2 * (os.cpu_count() or 1)


def acquire_when_free(*arguments, **options):
    """Waits for a free process of the function, and returns it in the same way as MiniStack's `acquire_worker`."""
    while True:
        worker, how = acquire(*arguments, **{**options, "max_concurrency": PROCESSES})
        if worker is not None:
            return worker, how
        time.sleep(0.01)


lambda_svc.acquire_worker = acquire_when_free

# A function may report which records of a batch failed. AWS then delivers these records again. MiniStack 1.5.33 ignores the report, which
# would lose events and mails. Here, the whole batch is delivered again, as AWS also may.
execute_function = lambda_svc._execute_function


def execute_all_of_a_batch(function, event):
    """Calls a function. If some records of a stream's batch fail, treats the whole batch as failed."""
    result = execute_function(function, event)
    records = event.get("Records") if isinstance(event, dict) else None
    body = result.get("body")
    if records and records[0].get("eventSource") == "aws:dynamodb" and not result.get("error"):
        told = json.loads(body) if isinstance(body, str) and body else body
        if isinstance(told, dict) and told.get("batchItemFailures"):
            return {**result, "error": True, "body": {"errorType": "PartialBatch", "errorMessage": str(told)}}
    return result


lambda_svc._execute_function = execute_all_of_a_batch

# A stack's parameters are strings. MiniStack 1.5.33 converts those of a queue's mapping to numbers when it creates the mapping, but not
# when it updates it. After a second deployment, its poller would fail and deliver no webhooks.
queue_concurrency = lambda_svc._sqs_esm_concurrency


def queue_concurrency_of_numbers(mapping, *arguments):
    """Converts the scaling values of a queue's event source mapping to numbers before MiniStack reads them."""
    scaling = {name: int(value) for name, value in (mapping.get("ScalingConfig") or {}).items()}
    return queue_concurrency({**mapping, "ScalingConfig": scaling}, *arguments)


lambda_svc._sqs_esm_concurrency = queue_concurrency_of_numbers

# The import bucket accepts only encrypted connections, but the local cloud has none.
pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda address, secure: pin_request_origin(address, True)

# MiniStack 1.5.33 checks two calls for permissions that do not exist in IAM. For a batch of SQS, it requires an action that does not
# exist. For a mail, it requires permission to send from "*", which a role limited to one address does not have.
action_of, resource_of = iam_actions.extract_iam_action, iam_actions.extract_resource_arn


def action_of_batches_too(service, *request):
    """Returns the IAM action that a call requires. An SQS batch requires the same action as a single message."""
    action = action_of(service, *request)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def resource_of_mails_too(service, method, path, headers, body, query, region, account_id):
    """Returns the ARN on which a call requires permission. For sending a mail, it is the sender's identity."""
    if service == "ses" and method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
        return f"arn:aws:ses:{region}:{account_id}:identity/{json.loads(body).get('FromEmailAddress')}"
    return resource_of(service, method, path, headers, body, query, region, account_id)


iam_actions.extract_iam_action, iam_actions.extract_resource_arn = (
    action_of_batches_too,
    resource_of_mails_too,
)

# CloudFormation passes parameter values to SAM, which are part of the names of the functions' versions. MiniStack 1.5.33 does not.
apply_transforms = changesets._apply_transforms


def apply_transforms_with_values(template, provided=None, previous=None):
    """Applies a template's transforms with the actual values of the template's parameters.

    While the transforms run, each parameter's default is replaced by the parameter's actual value.
    """
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

# MiniStack 1.5.33 saves its state only when it is stopped cleanly. Here, the table is saved soon after each change. Everything is saved
# when the parent asks for it, which it does after a deployment. After that, only the table and the bucket change, and the bucket
# consists of files. Saving runs in the event loop's thread, like all changes of the table, so a transaction is never saved in part.
SAVE_SECONDS = 2
READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")
unsaved = threading.Event()
handle_dynamodb = dynamodb.handle_request


async def handle_dynamodb_and_note(method, path, headers, body, query_params):
    """Handles a DynamoDB request. After a write, marks the table as unsaved."""
    answer = await handle_dynamodb(method, path, headers, body, query_params)
    if not headers.get("x-amz-target", "").rpartition(".")[2].startswith(READS):
        unsaved.set()
    return answer


async def save_the_table_while_it_changes():
    """Saves the table every few seconds while it changes. Never returns."""
    pause = SAVE_SECONDS
    while True:
        await asyncio.sleep(pause)
        if unsaved.is_set():
            unsaved.clear()
            started = time.monotonic()
            with dynamodb._lock:  # Another thread removes expired items.
                state = dynamodb.get_state()
            persistence.save_state("dynamodb", state)
            # Saving a large table takes long, and no request is answered meanwhile.
            pause = max(SAVE_SECONDS, 20 * (time.monotonic() - started))


def save_everything():
    """Saves the state of all services."""
    states = app._build_persistence_save_dict()
    # Saved last, because its presence means that everything is deployed.
    states["cloudformation"] = states.pop("cloudformation")
    persistence.save_all(states)


dynamodb.handle_request = handle_dynamodb_and_note

# MiniStack stores neither the attachments nor the headers of a mail.
mails = []
handle_ses = ses_v2.handle_request


async def handle_ses_and_keep(method, path, headers, body, query_params):
    """Handles an SES request, and stores the mail that it sends."""
    answer = await handle_ses(method, path, headers, body, query_params)
    if method == "POST" and path.rstrip("/").endswith("/outbound-emails") and answer[0] == 200:
        raw = json.loads(body).get("Content", {}).get("Raw")
        if raw:
            mails.append(mailbox.Mail(base64.b64decode(raw["Data"]), time.time()))
    return answer


ses_v2.handle_request = handle_ses_and_keep


def docs_url():
    """Returns the URL of the API's documents, which local/cloud.py records in demo.json. None before the first deployment."""
    try:
        return json.loads((Path(persistence.STATE_DIR).parent / "demo.json").read_text())["docs_url"]
    except (OSError, ValueError, KeyError):
        return None


whole = app.app
tasks = set()


async def with_pages(scope, receive, send):
    """Handles two kinds of requests. All other requests go to MiniStack.

    `POST /_frontdesk/save` saves the state of all services. GET requests without a signature (from browsers)
    get the mailbox.
    """
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
