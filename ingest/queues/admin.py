"""Inboxes, files under way and dead letters in the admin."""

from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalogue.admin.base import CatalogueAdmin, ReadOnlyAdmin, with_note
from ingest.models import DeadLetter, Inbox, LetterState, PendingFile
from ingest.quality.admin import show_path
from ingest.queues.replay import DeadLetterError, discard, replay
from ingest.queues.send import BrokerAwayError
from ingest.walk import BadPathError, check_folder


class InboxForm(ModelForm[Inbox]):
    """A folder that can be looked at, and that lies in no other inbox."""

    def clean_folder(self) -> str:
        folder = Path(self.cleaned_data["folder"].strip())
        if not folder.is_absolute() or ".." in folder.parts:
            raise ValidationError(f"{folder} is not an absolute path; write e.g. /data/loq.")
        try:
            check_folder(folder)
        except BadPathError as error:
            raise ValidationError(str(error)) from error
        real = folder.resolve()
        for other in Inbox.objects.exclude(pk=self.instance.pk):
            there = Path(other.folder).resolve()
            if real.is_relative_to(there) or there.is_relative_to(real):
                raise ValidationError(
                    f"{folder} and the inbox {other.folder} hold the same files; a file can belong "
                    f"to one inbox only."
                )
        return str(folder)


@admin.register(Inbox)
class InboxAdmin(CatalogueAdmin[Inbox]):
    form = InboxForm
    list_display = [
        "look",
        "looked_at",
        "files_seen",
        "files_sent",
        "is_active",
        "facility",
        "proposal_code",
    ]
    list_filter = ["is_active", "facility"]
    list_select_related = ["facility"]
    search_fields = ["folder", "proposal_code"]
    readonly_fields = ["looked_at", "files_seen", "files_sent", "error"]

    @admin.display(description="Folder", ordering="folder")
    def look(self, inbox: Inbox) -> SafeString:
        return with_note(inbox.folder, inbox.error)


@admin.register(PendingFile)
class PendingFileAdmin(ReadOnlyAdmin):
    list_display = ["path", "facility", "due_at", "starts", "deferrals", "error", "since"]
    list_filter = ["facility", ("due_at", admin.EmptyFieldListFilter)]
    list_select_related = ["facility"]
    search_fields = ["path", "error"]
    show_full_result_count = False


class WaitingFilter(admin.SimpleListFilter):
    """Opens on what waits for a person."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        others = [state for state in LetterState if state is not LetterState.WAITING]
        return [*((state.value, state.value.capitalize()) for state in others), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        return [{**default, "display": "Waiting"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> Any:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() or LetterState.WAITING)


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    list_display = [
        "letter",
        "file_count",
        "deaths",
        "first_died_at",
        "died_at",
        "facility",
        "state",
    ]
    list_filter = [WaitingFilter, "facility"]
    list_select_related = ["facility"]
    search_fields = ["paths", "reason", "body"]
    actions = ["replay", "discard"]
    fields = [
        "state",
        "reason",
        "facility",
        "proposal_code",
        "files",
        "body",
        "deaths",
        "first_died_at",
        "died_at",
        "queue",
        "message_id",
    ]
    readonly_fields = ["files"]

    @admin.display(description="Dead letter")
    def letter(self, letter: DeadLetter) -> SafeString:
        if not letter.paths:
            return with_note(str(letter), letter.reason)
        more = f"and {len(letter.paths) - 1} more" if len(letter.paths) > 1 else ""
        return format_html(
            '{}<br>{}{}<span class="quiet">{}</span>',
            *(show_path(letter.paths[0]), more, SafeString("<br>" * bool(more)), letter.reason),
        )

    @admin.display(description="Files")
    def file_count(self, letter: DeadLetter) -> int:
        return len(letter.paths)

    @admin.display(description="Files")
    def files(self, letter: DeadLetter) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((path,) for path in letter.paths))

    @admin.action(description="Send again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        """Sends the files to their queue again, each letter by itself.

        Without a broker the first letter has waited for it long enough.
        """
        sent: list[int] = []
        for letter in queryset:
            try:
                sent.append(replay(letter.pk, actor=request.user, now=timezone.now()))  # type: ignore[arg-type]
            except DeadLetterError as error:
                self.message_user(request, str(error), messages.ERROR)
            except BrokerAwayError as error:
                self.message_user(request, str(error), messages.ERROR)
                break
        if sent:
            letters = f"{len(sent)} letter{'s' * (len(sent) != 1)}"
            self.message_user(request, f"{letters}: {sum(sent)} files sent again.")

    @admin.action(description="Give up, with a reason", permissions=["replay"])
    def discard(
        self, request: HttpRequest, queryset: QuerySet[DeadLetter]
    ) -> TemplateResponse | None:
        """Asks for the reason first: it is what the quarantine shows of the files."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            context = {
                **self.admin_site.each_context(request),
                "title": "Give up dead letters",
                "letters": queryset,
                "was_asked": "reason" in request.POST,
            }
            return TemplateResponse(request, "admin/discard.html", context)
        for letter in queryset:
            try:
                discard(letter.pk, reason=reason, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
            except DeadLetterError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, f"{letter} is given up.")
        return None

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ingest.change_deadletter")
