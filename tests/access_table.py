"""Who may open what: one line for every URL name of the resolver.

A *rule* says at which door each persona stands before a kind of page. A line adds whose thing the
address names and what the page answers to those who are in. `tests/test_access.py` reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.worlds import FREELANCERS, HR, LINKS

FOREIGN = ("foreign_admin", "foreign_freelancer", "foreign_manager")
PERSONAS = ("anonymous", *HR, *LINKS, *FREELANCERS, *FOREIGN)


class Door(Enum):
    """What somebody meets before the page itself."""

    IN = "goes in"
    READ = "goes in to read; writing answers 403"
    LOGIN = "is sent to the sign-in page"
    FORBIDDEN = "403"
    ABSENT = "404"
    AWAY = "is sent to where they belong"


Rule = Mapping[str, Door]


def rule(others: Door, doors: Mapping[Door, tuple[str, ...]]) -> Rule:
    named = {persona: door for door, personas in doors.items() for persona in personas}
    assert not set(named) - set(PERSONAS)
    return {persona: named.get(persona, others) for persona in PERSONAS}


SIGNED_IN = (*HR, *FREELANCERS, "foreign_admin", "foreign_freelancer")
PROFESSIONALS = (*FREELANCERS, "foreign_freelancer")

EVERYBODY = rule(Door.IN, {})
VISITOR = rule(Door.IN, {Door.AWAY: SIGNED_IN})
USER = rule(Door.LOGIN, {Door.IN: SIGNED_IN})
READER = rule(
    Door.LOGIN,
    {
        Door.IN: ("admin", "hr", "foreign_admin"),
        Door.READ: ("auditor",),
        Door.FORBIDDEN: PROFESSIONALS,
    },
)
WRITER = rule(
    Door.LOGIN,
    {Door.IN: ("admin", "hr", "foreign_admin"), Door.FORBIDDEN: ("auditor", *PROFESSIONALS)},
)
ADMIN = rule(
    Door.LOGIN,
    {Door.IN: ("admin", "foreign_admin"), Door.FORBIDDEN: ("hr", "auditor", *PROFESSIONALS)},
)
HOME = rule(Door.LOGIN, {Door.IN: (*HR, "foreign_admin"), Door.AWAY: PROFESSIONALS})
PORTAL = rule(Door.LOGIN, {Door.IN: PROFESSIONALS, Door.FORBIDDEN: (*HR, "foreign_admin")})
LINK = rule(Door.ABSENT, {Door.IN: (*LINKS, "foreign_manager")})
# Deciding on the end and on the agreement is for the hiring manager.
MANAGER = rule(
    Door.ABSENT,
    {Door.IN: ("manager", "other_manager", "foreign_manager"), Door.FORBIDDEN: ("desk",)},
)
NOBODY = rule(Door.ABSENT, {})


@dataclass(frozen=True)
class Page:
    """One URL name.

    Attributes:
        of: what of a world the address names; empty when it names nothing.
        mine: who, of those that the rule lets in, sees that thing; everybody when empty.
        get, post: the answer to those who are in; 405 when the page knows no such method.
        form: what is posted; an empty form when nothing.
        more: further parts of the address.
        nth_get: answers to the GET of some personas that differ.
    """

    name: str
    rule: Rule
    of: str = ""
    mine: tuple[str, ...] = ()
    get: int = 200
    post: int = 405
    form: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the address calls the thing."""
        return {"token": "token"}.get(self.of, "public_id")


def link(name: str, rule: Rule = LINK, **facts: Any) -> Page:
    return Page(f"offboarding:link_{name}", rule, **{"mine": ("manager",), **facts})


def portal(name: str, of: str = "", **facts: Any) -> Page:
    return Page(f"portal:{name}", PORTAL, of, **{"mine": ("freelancer",), **facts})


PAGES = [
    # Everybody
    Page("healthz", EVERYBODY),
    Page("readyz", EVERYBODY),
    Page("engagements:language_set", EVERYBODY, get=405, post=302),
    # Signing in
    Page("account_login", VISITOR, post=200),
    Page("account_request_login_code", VISITOR, post=200),
    Page("account_confirm_login_code", VISITOR, get=302, post=302),
    Page("account_signup", VISITOR, post=200),
    Page("account_inactive", EVERYBODY),
    Page("account_logout", USER, post=302),
    Page("account_reauthenticate", USER, get=403, post=403),  # without a password
    Page("account_email", USER, post=302),
    Page("account_email_verification_sent", EVERYBODY, get=302, post=302),
    Page("account_change_password", USER, get=302, post=302),
    Page("account_set_password", USER, post=200),
    Page("account_reset_password", EVERYBODY, post=200),
    Page("account_confirm_password_reset_code", EVERYBODY, get=302, post=302),
    Page("account_complete_password_reset", EVERYBODY, get=302, post=302),
    Page("account_password_reset_completed", EVERYBODY),
    Page("usersessions_list", USER, post=302),
    Page("accounts:profile_edit", USER, post=422),
    Page("accounts:organisation_switch", USER, get=405, post=302),
    # HR
    Page("dashboards:home", HOME),
    Page("dashboards:attention_list", READER),
    Page("dashboards:engagement_list", READER),
    Page("dashboards:engagement_export", READER, more={"kind": "csv"}),
    Page("dashboards:engagement_detail", READER, "main"),
    Page("dashboards:knowledge_map", READER),
    Page("dashboards:knowledge_map_export", READER),
    Page("dashboards:received_report", READER),
    Page("dashboards:received_export", READER, more={"kind": "csv"}),
    Page("dashboards:usefulness_report", READER),
    Page("dashboards:usefulness_export", READER, more={"kind": "csv"}),
    Page("accounts:organisation_edit", ADMIN, post=422),
    Page("accounts:member_list", READER),
    Page("accounts:member_invite", ADMIN, post=422),
    Page("accounts:member_edit", ADMIN, "member", post=422),
    Page("accounts:contact_list", READER),
    Page("accounts:contact_create", WRITER, post=422),
    Page("accounts:contact_edit", WRITER, "contact", post=422),
    Page("engagements:engagement_create", WRITER, post=422),
    Page("engagements:engagement_edit", WRITER, "main", post=422),
    Page("engagements:end_change", WRITER, "main", post=200),
    Page("engagements:end_confirm", WRITER, "main", get=405, post=302),
    Page("engagements:successor_name", WRITER, "main", post=422),
    Page("engagements:predecessor_name", WRITER, "other", post=422),
    Page("engagements:predecessor_drop", WRITER, "other", get=405, post=302),
    Page("engagements:engagement_close", WRITER, "main", post=422),
    Page("engagements:engagement_cancel", WRITER, "main", post=422),
    Page("engagements:change_decide", READER, "change", post=422),
    Page("engagements:suggestion_list", WRITER, more={"kind": "professional"}),
    Page("engagements:freelancer_list", READER),
    Page("engagements:freelancer_create", WRITER, post=422),
    Page("engagements:freelancer_detail", READER, "main_freelancer"),
    Page("engagements:freelancer_edit", WRITER, "main_freelancer", post=422),
    Page("engagements:freelancer_admit", WRITER, "main_freelancer", get=405, post=302),
    Page("engagements:department_list", READER),
    Page("engagements:department_create", WRITER, post=422),
    Page("engagements:department_edit", WRITER, "department", post=422),
    Page("engagements:grant_revoke", WRITER, "manager_grant", get=405, post=302),
    Page("engagements:import_create", READER, post=422),
    Page("engagements:import_sample", READER),
    Page("engagements:import_columns", WRITER, "list", post=422),
    Page("engagements:import_detail", READER, "list"),
    Page("engagements:import_progress", READER, "list"),
    Page("engagements:import_confirm", READER, "list", get=405, post=302),
    Page("engagements:import_undo", READER, "list", get=405, post=302),
    Page("engagements:import_discard", READER, "list", get=405, post=302),
    Page("engagements:import_errors", READER, "list"),
    Page("offboarding:item_list", READER),
    Page("offboarding:item_detail", READER, "item"),
    Page("offboarding:item_complete", WRITER, "item", get=405, post=303),
    Page("offboarding:item_postpone", WRITER, "item", get=405, post=422),
    Page("offboarding:item_waive", WRITER, "item", get=405, post=422),
    Page("offboarding:item_reopen", WRITER, "done_item", get=405, post=422),
    Page("offboarding:item_snooze", WRITER, "item", get=405, post=422),
    Page("offboarding:item_assign", WRITER, "item", get=405, post=422),
    Page("offboarding:item_remind", WRITER, "item", get=405, post=303),
    Page("offboarding:evidence_download", READER, "evidence"),
    Page("offboarding:backlog_complete", WRITER, "main", get=405, post=422),
    Page("offboarding:role_holder_list", READER),
    Page("offboarding:role_holder_edit", WRITER, more={"role": "it"}, post=422),
    Page("offboarding:role_holder_remove", WRITER, "role_holder", get=405, post=302),
    Page("offboarding:procedure_detail", READER),
    Page("dashboards:message_list", READER),
    Page("dashboards:message_detail", READER, "message"),
    Page("dashboards:message_retry", WRITER, "message", get=405, post=302),
    Page("dashboards:message_redirect", WRITER, "message", get=405, post=422),
    Page("dashboards:reminder_rule_list", READER),
    Page("dashboards:digest_preview", READER),
    Page("dashboards:reminder_rule_edit", ADMIN, more={"code": "item_due"}, post=422),
    Page("knowledge:deliverable_list", READER),
    Page("knowledge:deliverable_detail", READER, "waiting"),
    Page("knowledge:deliverable_accept", WRITER, "waiting", get=405, post=302),
    Page("knowledge:deliverable_ask_changes", WRITER, "waiting", get=405, post=422),
    Page("knowledge:deliverable_hand_on", WRITER, "waiting", get=405, post=422),
    Page("knowledge:file_download", READER, "file"),
    Page("knowledge:agreement_detail", READER, "main"),
    Page("knowledge:agreement_propose", WRITER, "main", post=422),
    Page("knowledge:agreement_accept", WRITER, "agreement", get=405, post=302),
    Page("knowledge:agreement_decline", WRITER, "agreement", get=405, post=422),
    Page("knowledge:promise_say", WRITER, "main", get=405, post=302, more={"kind": "reference"}),
    Page("knowledge:topic_list", READER, "main"),
    Page("knowledge:topic_create", WRITER, "main", post=422),
    Page("knowledge:topic_detail", READER, "topic"),
    Page("knowledge:topic_edit", WRITER, "topic", post=422),
    Page("knowledge:topic_agree", WRITER, "asked_topic", get=405, post=302),
    Page("knowledge:topic_refuse", WRITER, "asked_topic", get=405, post=422),
    Page("knowledge:topic_drop", WRITER, "topic", get=405, post=422),
    Page("knowledge:receiver_name", WRITER, "topic", get=405, post=422),
    Page("knowledge:receiver_release", WRITER, "colleague_receiver", get=405, post=422),
    Page("knowledge:receiver_ask", WRITER, "colleague_receiver", get=405, post=302),
    Page("knowledge:confirmation_withdraw", WRITER, "confirmation", get=405, post=422),
    Page("knowledge:ledger_detail", READER, "main"),
    Page("knowledge:entry_reverse", WRITER, "entry", post=422),
    Page("knowledge:sample_list", READER),
    Page("knowledge:sample_seen", WRITER, "contact", get=405, post=302),
    Page("knowledge:policy_list", READER),
    Page("knowledge:policy_create", WRITER, post=422),
    Page("knowledge:policy_detail", READER, "policy"),
    Page("knowledge:policy_edit", WRITER, "policy", post=422),
    Page("knowledge:policy_choose", WRITER, "policy", get=405, post=302),
    Page("knowledge:pack_detail", READER, "other"),
    Page("knowledge:pack_receive", WRITER, "other", get=405, post=302),
    Page("knowledge:library", READER),
    Page("knowledge:usefulness", READER, "past", mine=("admin",), post=422),
    Page("knowledge:library_edit", WRITER, "accepted", post=422),
    Page("knowledge:library_check", WRITER, "accepted", post=422),
    Page("knowledge:library_return", WRITER, "accepted", get=405, post=302),
    # Behind an action link
    Page("engagements:grant_open", EVERYBODY, "token", post=302),
    Page("engagements:grant_resend", EVERYBODY, "token", get=405, post=200),
    link("tasks"),
    link("start", get=302),
    link("item", of="item", post=302),
    link("item_snooze", of="item", get=405, post=302),
    link("evidence", of="evidence"),
    link("decide", MANAGER, post=422),
    link("successor", MANAGER, get=302, post=302),
    link("agreement", MANAGER, get=302, post=302),
    link("review", of="waiting", form={"verdict": "changes_asked"}, post=422),
    link("file", of="file"),
    Page("offboarding:receive", READER, "admin_receiver", mine=("admin",), post=422),
    Page("offboarding:explanation", READER, "admin_explained", mine=("admin",), post=422),
    link("receive", of="desk_receiver", mine=("desk",), post=422),
    link("explanation", of="explained", mine=("desk",), post=422),
    link("received_file", of="received_file", mine=("desk",)),
    link("topic", MANAGER, of="asked_topic", post=302),
    link("topic_create", MANAGER, post=422),
    link("receivers", MANAGER, of="topic", post=422),
    link("unreceived", MANAGER, of="late", post=422),
    link("hand_on", post=422),
    link("done"),
    link("calendar"),
    Page("knowledge:link_usefulness", LINK, "other", mine=("other_manager",), post=409),
    Page("knowledge:link_library", LINK, mine=LINKS),
    Page("knowledge:link_library_item", LINK, "accepted", mine=LINKS),
    Page("knowledge:link_library_file", LINK, "library_file", mine=LINKS),
    Page("knowledge:link_library_check", LINK, "right", mine=("manager",), post=422),
    # From the engagement of either of the two; receivers are named from the predecessor's.
    Page("knowledge:link_pack", MANAGER, "other", mine=("manager", "other_manager")),
    Page("knowledge:link_pack_receive", MANAGER, "other", mine=("manager",), get=405, post=302),
    # The professional
    portal("home"),
    Page("knowledge:portal_pack", PORTAL, "other", mine=("stranger",)),
    portal("deliverable_list"),
    Page("knowledge:portal_usefulness", PORTAL, "past", mine=("freelancer",), post=422),
    Page("knowledge:portal_library", PORTAL, mine=("freelancer",)),
    # Both professionals of a world work at the same department.
    Page("knowledge:portal_library_item", PORTAL, "accepted", mine=FREELANCERS),
    Page("knowledge:portal_library_file", PORTAL, "library_file", mine=FREELANCERS),
    Page("knowledge:portal_library_check", PORTAL, "accepted", mine=("freelancer",), post=422),
    Page("knowledge:portal_library_credit", PORTAL, "accepted", mine=("freelancer",), post=422),
    portal("ledger"),
    portal("profile", post=422),
    portal("engagement_detail", "main"),
    portal("agreement_detail", "main"),
    portal("agreement_propose", "main", post=422),
    portal("agreement_accept", "agreement", get=405, post=302),
    portal("agreement_decline", "agreement", get=405, post=422),
    portal("promise_say", "main", get=405, post=302, more={"kind": "reference"}),
    portal("topic_list", "main"),
    portal("topic_create", "main", post=422),
    portal("topic_detail", "topic"),
    portal("topic_edit", "topic", post=422),
    portal("topic_agree", "offered_topic", get=405, post=302),
    portal("topic_refuse", "offered_topic", get=405, post=422),
    portal("receiver_name", "topic", get=405, post=422),
    portal("receiver_ask", "colleague_receiver", get=405, post=302),
    portal("explanation_log", "topic", get=405, post=422),
    portal("question_answer", "question", post=422),
    portal("deliverable_create", "main"),
    portal("deliverable_start", "main", more={"code": "runbook"}, post=422),
    portal("deliverable_detail", "waiting"),
    portal("deliverable_describe", "draft", post=422),
    portal("deliverable_edit", "draft", post=302),
    portal("deliverable_check", "draft"),
    portal("deliverable_submit", "draft", get=405, post=302),
    portal("deliverable_done", "waiting"),
    portal("deliverable_withdraw", "waiting", post=302),
    portal("session_calendar", "session"),
    portal("file_download", "draft_file"),
    portal("item_detail", "freelancer_item"),
    portal("item_complete", "freelancer_item", get=405, post=409),
    portal("evidence_download", "freelancer_evidence"),
    portal("item_postpone", "freelancer_item", get=405, post=422),
    # The try-out, which a test switches on
    Page("dashboards:demo", NOBODY),
    Page("dashboards:demo_enter", NOBODY, more={"persona": "hr"}),
    Page("dashboards:demo_mail_list", NOBODY),
    Page("dashboards:demo_mail_detail", NOBODY, more={"key": "x"}),
    Page("dashboards:demo_mail_html", NOBODY, more={"key": "x"}),
]
