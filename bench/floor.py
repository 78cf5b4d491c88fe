"""The least that a page of this product can be: signed in, one indexed query, ten lines."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User

ADDRESS = "/bench/floor/"


@login_required
def floor(request: HttpRequest) -> HttpResponse:
    """Show one row that an index finds, beside what signing in reads."""
    signed_in: Any = request.user
    somebody = User.objects.get(public_id=signed_in.public_id)
    return render(request, "bench/floor.html", {"somebody": somebody})
