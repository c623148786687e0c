"""What a command prints of texts that anybody may have written: nothing of them is taken for an instruction."""

from cutline.cli.output import Output, bold


def test_brackets_in_records_are_text_and_not_markup(capsys):
    out = Output(as_json=False)
    out.say(f"{bold('handle:x/[/b]')} wrote [red]to[/red] [1]")
    out.table("[bold]T[/bold]", ("who", "what"), [("[/x]", "[link=a]b")])
    shown = capsys.readouterr().out
    for said in ("handle:x/[/b] wrote [red]to[/red] [1]", "[bold]T[/bold]", "[/x]", "[link=a]b"):
        assert said in shown


def test_control_characters_in_records_never_reach_the_terminal(capsys):
    out = Output(as_json=False)
    out.say("a \x1b[2J b " + bold("c\x9b") + "\n二")
    out.table("t\x07", ("x",), [("\x1b]0;mine\x07",)])
    out.plain("p \x1b[31m q\n")
    shown = capsys.readouterr().out
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\x0e", "\x0f"}
    assert "二" in shown
    assert shown.endswith("q\n")
