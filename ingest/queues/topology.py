"""The queues of RabbitMQ: one for each facility, and one for what no worker could deal with."""

from dataclasses import dataclass
from datetime import timedelta

from kombu import Connection, Exchange, Queue

from catalogue.celery import app

# A message carries so many files: one transaction's worth.
MESSAGE_SIZE = 100
# Longer than any file takes to be read and hashed (a terabyte at 50 MB/s takes five and a half
# hours). RabbitMQ takes a message back from a worker that has not answered for this long.
LONGEST_TRY = timedelta(hours=6)
_ANSWER_MS = int((LONGEST_TRY + timedelta(hours=1)).total_seconds() * 1000)

EXCHANGE = Exchange("ingest", type="direct")
# Named apart from the queues of facilities, one of which may be called dead.
DEAD = Queue("ingest-dead-letters", EXCHANGE, routing_key="ingest-dead-letters", durable=True)


@dataclass(frozen=True, slots=True)
class QueueState:
    """Messages that no worker has taken yet, and workers that listen."""

    waiting: int
    workers: int


def queue_of(slug: str) -> Queue:
    """Returns the queue of a facility. It is durable, and what it refuses goes to the dead letters.

    A classic queue: tries are counted in the database, file by file, so the broker need not.
    """
    name = f"ingest.{slug}"
    return Queue(
        name,
        EXCHANGE,
        routing_key=name,
        durable=True,
        queue_arguments={
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": DEAD.name,
            "x-consumer-timeout": _ANSWER_MS,
        },
    )


def look_at(slug: str) -> QueueState:
    """Returns how a facility's queue stands, which is made where it is missing.

    Raises:
        kombu.exceptions.OperationalError: the broker is away.
    """
    queue = queue_of(slug)
    with connect() as connection, connection.channel() as channel:
        DEAD(channel).declare()
        found = channel.queue_declare(  # type: ignore[attr-defined]
            queue.name, durable=True, auto_delete=False, arguments=queue.queue_arguments
        )
    return QueueState(found.message_count, found.consumer_count)


def connect() -> Connection:
    """Returns a connection to the broker that is open.

    Raises:
        kombu.exceptions.OperationalError: the broker is away.
    """
    connection: Connection = app.connection_for_write()
    return connection.ensure_connection(max_retries=1, timeout=5)
