//! For whom a panel exists, who runs it, and which children are on an agenda for whom.

use super::doors::elsewhere;
use super::*;
use crate::domain::ids::PanelId;
use crate::domain::panels::{Panel, PanelKind};

fn panel(chair: &Actor) -> Panel {
    Panel {
        id: PanelId::new(),
        area: AREA.into(),
        kind: PanelKind::EarlyHelp,
        name: "A panel".into(),
        chair: chair.account,
        version: 1,
    }
}

fn told(decided: Result<(), Refusal>) -> &'static str {
    decided.map_or_else(|refusal| refusal.code(), |()| "yes")
}

#[test]
fn a_panel_exists_for_its_members_and_those_who_look_after_its_area() {
    let chair = an_actor(Role::Practitioner);
    let panel = panel(&chair);
    let coordinator = Actor { capabilities: [Capability::Coordinator].into(), ..an_actor(Role::Practitioner) };
    for (actor, sees) in [
        (chair.clone(), true),
        (an_actor(Role::Practitioner), false),
        (coordinator.clone(), true),
        (elsewhere(coordinator), false),
        (an_actor(Role::Manager), true),
        (elsewhere(an_actor(Role::Manager)), false),
        (an_actor(Role::Administrator), true),
        (an_actor(Role::Auditor), false),
        (an_actor(Role::System), false),
    ] {
        assert_eq!(sees_panel(&actor, &panel, &[chair.account]), sees, "{}", actor.role);
    }
}

#[test]
fn an_agenda_is_opened_by_members_alone_and_a_panel_is_run_by_its_chair() {
    let (chair, member) = (an_actor(Role::Practitioner), an_actor(Role::Practitioner));
    let panel = panel(&chair);
    let members = [chair.account, member.account];
    let opens = |actor: &Actor| told(may_open_agenda(actor, &members));
    let runs = |actor: &Actor| told(may_run_panel(actor, &panel, &members));
    assert_eq!((opens(&chair), runs(&chair)), ("yes", "yes"));
    assert_eq!((opens(&member), runs(&member)), ("yes", "not-the-chair"));
    let manager = an_actor(Role::Manager);
    assert_eq!((opens(&manager), runs(&manager)), ("not-a-panel-member", "yes"));
    assert_eq!(runs(&elsewhere(manager)), "not-the-chair");
    let administrator = Actor { account: member.account, ..an_actor(Role::Administrator) };
    assert_eq!((opens(&administrator), runs(&administrator)), ("role-not-permitted", "role-not-permitted"));
    assert_eq!(told(may_run_panel(&chair, &panel, &[member.account])), "not-the-chair", "who left runs nothing");
}

#[test]
fn nobody_who_does_not_see_the_whole_of_a_shielded_child_finds_it_on_an_agenda() {
    for (state, change) in states() {
        for (caller, of) in callers() {
            let mut subject = a_subject();
            change(&mut subject);
            let actor = of(&mut subject);
            let Some(visibility) = visibility_of(&actor, &subject, today()) else { continue };
            let there = is_on_agenda(&subject, &visibility);
            assert!(!there || subject.archived_on.is_none(), "{state} {caller}");
            assert!(!there || !subject.shielded || visibility.all(Block::Involvements), "{state} {caller}");
            assert!(there || subject.shielded || subject.archived_on.is_some(), "{state} {caller}");
        }
    }
}
