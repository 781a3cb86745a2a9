"""How a worker takes messages."""

import logging

from amqp.exceptions import AMQPError
from celery.worker.consumer import Consumer as CeleryConsumer
from kombu import Message

logger = logging.getLogger(__name__)


class Consumer(CeleryConsumer):
    """Refuses what it cannot decode, so that it becomes a dead letter; Celery's own drops it."""

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        logger.error("refused a message that cannot be decoded: %s", exc)
        message.reject_log_error(logger, (OSError, AMQPError))
