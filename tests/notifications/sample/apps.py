from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "tests.notifications.sample"

    def ready(self):
        from notifications import planning
        from tests.notifications.sample.planner import SampleDoors, compose_letter

        planning.register_composer("letter", compose_letter, "letter")
        planning.register_doors(SampleDoors())
