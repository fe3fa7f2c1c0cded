"""The second exact model: meals, short breaks, training, learning, briefings and desks on duties whose times stand."""

from rostering.model.activities.place import ActivityPlan, activity_plan

__all__ = ["ActivityPlan", "activity_plan"]
