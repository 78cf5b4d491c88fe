"""When people are told: every rule with its days, and a switch."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, admin_required, hr_required
from core.answers import attempt, form_page
from dashboards.forms import ReminderRuleForm
from notifications import operations
from notifications.models import ReminderRule
from notifications.queries import contacts_with_reminders, rule_rows


@hr_required
@require_safe
def reminder_rule_list(request: HrRequest) -> HttpResponse:
    return render(request, "dashboards/reminder_rule_list.html", {"rules": rule_rows()})


@hr_required
@require_safe
def digest_preview(request: HrRequest) -> HttpResponse:
    contacts = contacts_with_reminders(timezone.now())
    chosen = request.GET.get("contact", "")
    contact = next((c for c in contacts if str(c.public_id) == chosen), next(iter(contacts), None))
    text = operations.preview_digest(contact=contact) if contact else ""
    context = {
        "contacts": contacts,
        "contact": contact,
        "text": text,
        "sample": operations.sample_digest(
            organisation=request.organisation, reader=str(request.user)
        ),
    }
    return render(request, "dashboards/reminder_rule_preview.html", context)


@admin_required
def reminder_rule_edit(request: HrRequest, code: str) -> HttpResponse:
    rule = get_object_or_404(ReminderRule, code=code)
    row = next((row for row in rule_rows() if row.rule.pk == rule.pk), None)
    form = ReminderRuleForm(request.POST or None, initial=ReminderRuleForm.values_of(rule))
    if attempt(
        form,
        lambda: operations.change_rule(rule_id=rule.pk, actor=request.actor, **form.cleaned_data),
    ):
        messages.success(request, _("The reminder is changed. It holds from the next mail on."))
        return redirect("dashboards:reminder_rule_list")
    return form_page(
        request, "dashboards/reminder_rule_edit.html", form, {"row": row, "rule": rule}
    )
