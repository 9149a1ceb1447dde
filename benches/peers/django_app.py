"""A peer: the audited look-up as Django REST framework with django-auditlog would do it, which records an access as a
row of its own table, committed before the answer leaves; there is no policy, no tree and no budget."""

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

place = urlsplit(os.environ["PEER_DATABASE"])
settings.configure(
    SECRET_KEY=os.urandom(16).hex(),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "auditlog"],
    MIDDLEWARE=[],
    REST_FRAMEWORK={"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
                    "DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": place.hostname, "PORT": place.port,
                           "USER": place.username, "NAME": place.path.strip("/"), "CONN_MAX_AGE": None,
                           "ATOMIC_REQUESTS": True}},
    USE_TZ=True,
)
django.setup()

from auditlog.models import LogEntry  # noqa: E402
from auditlog.registry import auditlog  # noqa: E402
from auditlog.signals import accessed  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.decorators import api_view  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from tokens import subject_of  # noqa: E402


class Mapped(models.Model):
    class Meta:
        abstract = True
        managed = False
        app_label = "auditlog"


class Organisation(Mapped):
    id = models.TextField(primary_key=True)
    name = models.TextField()

    class Meta(Mapped.Meta):
        db_table = "organisation"


class Practitioner(Mapped):
    id = models.TextField(primary_key=True)
    name = models.TextField()
    job_title = models.TextField()

    class Meta(Mapped.Meta):
        db_table = "practitioner"


class Route(Mapped):
    pk = models.CompositePrimaryKey("owner_id", "position")
    owner_id = models.TextField()
    position = models.IntegerField()
    kind = models.TextField()
    phone = models.TextField(null=True)
    email = models.TextField(null=True)
    hours = models.TextField()

    class Meta(Mapped.Meta):
        db_table = "route"


class Account(Mapped):
    id = models.TextField(primary_key=True)
    issuer = models.TextField()
    subject = models.TextField()
    status = models.TextField()
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)

    class Meta(Mapped.Meta):
        db_table = "account"


class Child(Mapped):
    id = models.BigIntegerField(primary_key=True)
    index_number = models.TextField()
    family_name = models.TextField()
    given_name = models.TextField()
    date_of_birth = models.DateField(null=True)
    sex = models.TextField()
    shield = models.TextField(null=True)

    class Meta(Mapped.Meta):
        db_table = "child"

    def __str__(self):
        return str(self.id)


class Involvement(Mapped):
    pk = models.CompositePrimaryKey("child_id", "number")
    child = models.ForeignKey(Child, models.DO_NOTHING)
    number = models.IntegerField()
    service = models.TextField()
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    team_id = models.TextField(null=True)
    practitioner = models.ForeignKey(Practitioner, models.DO_NOTHING, null=True)
    started_on = models.DateField()
    last_confirmed_at = models.BigIntegerField()
    withdrawn_at = models.BigIntegerField(null=True)

    class Meta(Mapped.Meta):
        db_table = "involvement"


auditlog.register(Child)


@api_view(["GET"])
def read_contacts(request, number):
    try:
        subject = subject_of(request.headers["Authorization"])
    except Exception:
        return Response(status=401)
    account = Account.objects.filter(issuer="urn:child-index:local-issuer", subject=subject, status="active").first()
    if account is None or "Access-Reason" not in request.headers:
        return Response(status=403)
    child = Child.objects.filter(index_number=number.replace("-", "")).first()
    if child is None:
        return Response(status=404)
    entries = list(Involvement.objects.filter(child=child, withdrawn_at=None)
                   .select_related("organisation", "practitioner").order_by("number")) if child.shield is None else []
    owners = {owner for entry in entries for owner in (entry.organisation_id, entry.team_id, entry.practitioner_id) if owner}
    routes = {}
    for route in Route.objects.filter(owner_id__in=owners).order_by("owner_id", "position"):
        routes.setdefault(route.owner_id, []).append(
            {"kind": route.kind, "phone": route.phone, "email": route.email, "hours": route.hours})
    accessed.send(Child, instance=child)
    return Response({
        "child": {"child_id": child.index_number, "name": {"family": child.family_name, "given": child.given_name},
                  "date_of_birth": child.date_of_birth, "sex": child.sex},
        "involvements": [{
            "number": entry.number, "service": entry.service, "started_on": entry.started_on,
            "organisation": {"id": entry.organisation_id, "name": entry.organisation.name},
            "practitioner": {"name": entry.practitioner.name, "job_title": entry.practitioner.job_title}
            if entry.practitioner else None,
            "last_confirmed_at": entry.last_confirmed_at,
            "routes": [route for owner in (entry.practitioner_id, entry.team_id, entry.organisation_id)
                       for route in routes.get(owner, [])],
        } for entry in entries]})


urlpatterns = [path("v1/children/<str:number>/contacts", read_contacts)]
application = get_wsgi_application()

if __name__ == "__main__" and sys.argv[1:] == ["migrate"]:
    call_command("migrate", verbosity=0)
    print(LogEntry.objects.count())
