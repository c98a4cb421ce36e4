"""What a citizen's report says and whom it is for, offline: every suggestion has reasons, and the machine may abstain.

| to | call |
|---|---|
| train on a city's folder | ``train(folder, out, at=now)`` → new folder with models and an evaluation card; format in ``training`` |
| load what was trained | ``load_models(place)`` → ``Models(version, category, department)``; parts that are None are not learned |
| suggest a category | ``models.category.predict(Report(title=…, body=…))`` → ``Prediction(suggestions, decided, why, version)`` |
| suggest levels 2 and 3 | ``Tree(branches).within(report, first)``: by words, never decided |
| suggest a department | ``Departments(duties, closed, models.department).predict(report)`` |
| say why | ``predictor.explain(report, label)`` → ``[Reason(ground, shown, ref, weight)]`` |
| see danger | ``flags(text)``, ``urgency(text)``: gas, fire, suicide, minors, wages …, with negation |
| hear how it sounds | ``mood(text)`` → ``Hint(mood, score, heard)``: none, displeased, heated, with the words; a hint, never kept |
| read times | ``moments(text, said)`` → ``[Moment(first, last, grain, recurring)]`` |
| read places and persons | ``Gazetteer(places).find(text)``, ``people(text)``, ``fields(…)`` for all at once |
| shorten | ``summarise(text)``: the caller's own sentences, and what is asked |
| check a reply | ``examine(message, reply, earlier=…)`` → ``Examination(findings, score, ready)`` |

``Predictor`` is the port; other models may stand behind it. Pure: no Django, no network, no clock.
"""

from yunshu.lib.triage.classifier import Classifier, fit
from yunshu.lib.triage.departments import Closed, Departments, Duty
from yunshu.lib.triage.fields import Fields, Person, fields, people
from yunshu.lib.triage.moments import Grain, Moment, moments
from yunshu.lib.triage.mood import Heard, Hint, Mood, MoodWord, MoodWordsError, Sign, mood
from yunshu.lib.triage.mood import read_words as read_mood_words
from yunshu.lib.triage.places import Gazetteer, Listed, Place
from yunshu.lib.triage.port import Ground, Prediction, Predictor, Reason, Report, Suggestion, Why
from yunshu.lib.triage.replies import Check, Earlier, Examination, Finding, examine
from yunshu.lib.triage.summary import Summary, requests, summarise
from yunshu.lib.triage.training import Models, load_models, train
from yunshu.lib.triage.tree import Branch, Tree
from yunshu.lib.triage.urgency import FLAGS, Flag, FlagWords, Level, flags, urgency

__all__ = [
    "FLAGS",
    "Branch",
    "Check",
    "Classifier",
    "Closed",
    "Departments",
    "Duty",
    "Earlier",
    "Examination",
    "Fields",
    "Finding",
    "Flag",
    "FlagWords",
    "Gazetteer",
    "Grain",
    "Ground",
    "Heard",
    "Hint",
    "Level",
    "Listed",
    "Models",
    "Moment",
    "Mood",
    "MoodWord",
    "MoodWordsError",
    "Person",
    "Place",
    "Prediction",
    "Predictor",
    "Reason",
    "Report",
    "Sign",
    "Suggestion",
    "Summary",
    "Tree",
    "Why",
    "examine",
    "fields",
    "fit",
    "flags",
    "load_models",
    "moments",
    "mood",
    "people",
    "read_mood_words",
    "requests",
    "summarise",
    "train",
    "urgency",
]
