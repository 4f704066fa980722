"""What fails and what is only told, of the coverage of files."""

from __future__ import annotations

from coverage_by_file import figures, judge

WHOLE = frozenset({"audit/a.py"})
FLOORS = {"sheet/b.py": 90}


def test_a_file_that_stands_is_no_news() -> None:
    assert judge({"audit/a.py": 100.0, "sheet/b.py": 90.4}, WHOLE, FLOORS) == ([], [])


def test_a_file_held_to_all_branches_fails_a_hair_below() -> None:
    bad, told = judge({"audit/a.py": 99.96, "sheet/b.py": 90.0}, WHOLE, FLOORS)
    assert bad == ["FELL audit/a.py: 99.96 %, held to 100 %"]
    assert told == []


def test_a_floor_may_not_fall_and_is_to_be_raised() -> None:
    bad, told = judge({"audit/a.py": 100.0, "sheet/b.py": 89.9}, WHOLE, FLOORS)
    assert bad == ["FELL sheet/b.py: 89.9 %, its floor is 90 %"]
    assert told == []
    bad, told = judge({"audit/a.py": 100.0, "sheet/b.py": 95.2}, WHOLE, FLOORS)
    assert bad == []
    assert told == ["sheet/b.py: 95.2 %, raise its floor of 90 %"]


def test_files_of_no_list_are_told_and_lists_of_no_file_fail() -> None:
    found = {"rules/new.py": 100.0, "rules/other.py": 40.0, "sheet/b.py": 90.0}
    bad, told = judge(found, WHOLE, FLOORS)
    assert bad == ["FELL audit/a.py: it is on a list, but there is no such file"]
    assert told == [
        "rules/new.py: 100 %, put it into WHOLE",
        "rules/other.py: 40.0 %, in neither list",
    ]


def test_a_file_is_named_by_its_room_and_an_empty_one_is_none() -> None:
    files = {
        "bcviewer/core/audit/order.py": {"summary": {"num_statements": 3, "percent_covered": 87.5}},
        "bcviewer/core/audit/__init__.py": {
            "summary": {"num_statements": 0, "percent_covered": 100.0}
        },
    }
    assert figures({"files": files}) == {"audit/order.py": 87.5}
