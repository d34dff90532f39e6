//! What is read of queries, and what is refused.

use super::*;

fn field_of<T: std::fmt::Debug>(read: Result<T, ApiError>) -> String {
    match read {
        Err(ApiError::InvalidQuery { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn figures_are_of_the_last_days_or_of_those_that_are_named() {
    let daily_stats =
        |query| read::<FigureFilter>(Some(query)).and_then(|filter| filter.into_query(20_512));
    let days = |query| daily_stats(query).map(|asked| (asked.first, asked.last));
    assert_eq!(days(""), Ok((20_506, 20_512)));
    assert_eq!(days("days=1"), Ok((20_512, 20_512)));
    assert_eq!(days("from=2026-02-01"), Ok((20_485, 20_512)));
    assert_eq!(days("from=2026-02-01&to=2026-02-02"), Ok((20_485, 20_486)));
    assert_eq!(days("to=2026-02-02"), Ok((20_480, 20_486)));
    let wrong = [
        ("days=0", "days"),
        ("days=367", "days"),
        ("days=3&from=2026-02-01", "days"),
        ("from=2026-02-30", "from"),
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("group=zone", "group"),
        ("hostname=-", "hostname"),
        ("limit=0", "limit"),
    ];
    for (query, field) in wrong {
        assert_eq!(field_of(daily_stats(query)), field, "{query}");
    }
    let asked = daily_stats("group=device&hostname=ir-1&limit=5").unwrap();
    assert_eq!((asked.by, asked.limit), (StatsBy::Device, 5));
}

#[test]
fn a_page_is_read_whole() {
    let page: CommandListPage = read(Some("limit=5&cursor=41&hostname=ir-1")).unwrap();
    assert_eq!((page.limit.get(), page.cursor.map(Cursor::get)), (5, Some(41)));
    assert_eq!(page.hostname, "ir-1".parse().ok());
    for query in [None, Some(""), Some("&")] {
        let page: BatchCommandPage = read(query).unwrap();
        assert_eq!((page.limit.get(), page.cursor), (100, None), "{query:?}");
    }
}

#[test]
fn the_audit_trail_is_asked_for_by_actor_and_time() {
    let audit = |query| read::<AuditFilter>(Some(query));
    let asked = audit("actor=bar%20tablet&since=2026-09-21T00%3A00:00%2B10:00&limit=7").unwrap();
    let asked = asked.into_query(WallOffset::default());
    assert_eq!((asked.actor.as_deref(), asked.limit), (Some("bar tablet"), 7));
    assert_eq!(asked.since.unwrap().unix_ms() % 86_400_000, 14 * 3_600_000);
    for wrong in ["since=noon", "cursor=0", "limit=0"] {
        assert!(audit(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_parameter_is_decoded_whatever_it_is_called() {
    let page: ItemPage = read(Some("limit=%33&cursor=sched_x_2026-03-01T10%3A00")).unwrap();
    assert_eq!((page.limit.get(), page.after.as_deref()), (3, Some("sched_x_2026-03-01T10:00")));
    let page: CommandListPage = read(Some("%63ursor=%34&hostname=ir%2D1")).unwrap();
    assert_eq!((page.cursor.map(Cursor::get), page.hostname), (Some(4), "ir-1".parse().ok()));
    let next: NextCount = read(Some("n=%37")).unwrap();
    assert_eq!(next.n.get(), 7);
    let asked: FigureFilter = read(Some("group=d%65vice&from=2026%2D02%2D01")).unwrap();
    let asked = asked.into_query(20_512).unwrap();
    assert_eq!((asked.by, asked.first), (StatsBy::Device, 20_485));
    let asked: EventFilter = read(Some("type=batch.%2A&last_event_id=1f%2D2")).unwrap();
    assert_eq!(asked.types.as_deref(), Some("batch.*"));
    assert_eq!(asked.last_event_id.as_deref(), Some("1f-2"));
    let ports: PortFilter = read(Some("selector=zone%3Dbar&selector=all")).unwrap();
    assert_eq!(ports.selector.len(), 2);
}

#[test]
fn what_is_wrong_names_its_parameter_and_what_would_be_right() {
    let table = [
        ("limit=0", "limit", "limit is 1 to 1000"),
        ("limit=1001", "limit", "limit is 1 to 1000"),
        ("limit", "limit", "limit is 1 to 1000"),
        ("cursor=-1", "cursor", "cursor is the next_cursor of the page before"),
        ("cursor=next", "cursor", "cursor is the next_cursor of the page before"),
        ("hostname=-ir", "hostname", ""),
        ("limit=5&limit=5", "limit", "it is given twice: give it once"),
    ];
    for (query, name, expected) in table {
        let error = read::<CommandListPage>(Some(query)).unwrap_err();
        let ApiError::InvalidQuery { field, reason } = &error else { panic!("{error:?}") };
        assert_eq!(field, name, "{query}");
        assert!(expected.is_empty() || reason == expected, "{query}: {reason}");
    }
}

#[test]
fn what_an_endpoint_does_not_take_is_refused_with_what_it_takes() {
    let known = CommandListPage::names().unwrap();
    assert_eq!(known, ["limit", "cursor", "hostname"]);
    assert_eq!(only(Some("limit=5&hostname=x"), known), Ok(()));
    let error = only(Some("limit=5&x=1"), known).unwrap_err();
    assert!(error.to_string().contains("known are limit, cursor, hostname"), "{error}");
    assert!(only(Some("x"), &[]).unwrap_err().to_string().contains("none is taken here"));
    assert_eq!(only(Some("&"), &[]), Ok(()));
}
