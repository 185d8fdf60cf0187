//! What every store promises of logs and histories.

use super::*;
use crate::room::Change;

pub(super) async fn a_log_is_read_page_by_page(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*store, "room").await;
    let commands: Vec<_> = (0..1_100).map(|n| message(&format!("body {n}"))).collect();
    let room = commit(&*store, &room, &commands).await;
    let mut copy = Room::absent(id("room"));
    let mut pages = Vec::new();
    loop {
        let entries = read(&*store, room.id(), copy.head()).await;
        if entries.is_empty() {
            break;
        }
        pages.push(entries.len());
        copy = absorbed(copy, &entries);
    }
    assert_eq!(pages, [512, 512, 78]);
    let Ok(LogPage::Entries { entries, .. }) = store.read_log_start(room.id()).await else {
        panic!("the first page is there");
    };
    assert_eq!(entries, read(&*store, room.id(), Position::ZERO).await);
    assert_eq!(copy, room);
    let last = read(&*store, room.id(), Position::new(room.head().epoch, room.head().seq - 1)).await;
    assert_eq!(last[0].body, "body 1099");
}

pub(super) async fn old_entries_are_trimmed(fixture: Fixture) {
    let store = fixture.store().await;
    let now = store.clock().now();
    let old = Millis(now.0 - KEEP_MS - 60_000);
    let (append, room) = decide(&Room::absent(id("room")), &[join("anna", old), message("old")], old, false);
    stored(store.append(append).await);
    let start = room.head();
    let room = commit(&*store, &room, &[message("new")]).await;
    let page = store.read_log(room.id(), Position::new(start.epoch, start.seq - 1)).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { head }) if head == room.head()), "{page:?}");
    assert_eq!(read(&*store, room.id(), start).await.len(), 1);
    // Who asks for what there is gets that, wherever it begins.
    let page = store.read_log_start(room.id()).await;
    assert!(
        matches!(&page, Ok(LogPage::Entries { entries, head })
            if *head == room.head() && entries.len() == 1 && entries[0].body == "new"),
        "{page:?}"
    );
    assert!(matches!(store.read_log_start(&id("not there")).await, Ok(LogPage::Missing)));
    // A stale caller who stands before what is left gets no tail with a hole.
    let late = decide(&Room::absent(id("room")), &[join("ben", now)], now, false).0;
    let reply = store.append(late).await;
    assert!(matches!(&reply, Ok(AppendReply::Stale { tail, .. }) if tail.is_empty()), "{reply:?}");
}

pub(super) async fn many_entries_are_trimmed(fixture: Fixture) {
    let store = fixture.store().await;
    let mut room = create(&*store, "room").await;
    for _ in 0..9 {
        let commands: Vec<_> = (0..500).map(|_| message("x")).collect();
        room = commit(&*store, &room, &commands).await;
    }
    let head = room.head();
    let oldest = head.seq - LOG_ENTRIES_MAX as u64;
    assert_eq!(read(&*store, room.id(), Position::new(head.epoch, oldest)).await.len(), 512);
    let page = store.read_log(room.id(), Position::new(head.epoch, oldest - 1)).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "{page:?}");
}

pub(super) async fn large_entries_are_trimmed(fixture: Fixture) {
    let store = fixture.store().await;
    let mut room = create(&*store, "room").await;
    let body = "x".repeat(60_000);
    for _ in 0..12 {
        let commands: Vec<_> = (0..10).map(|_| message(&body)).collect();
        room = commit(&*store, &room, &commands).await;
    }
    let head = room.head();
    let behind = |n: u64| store.read_log(room.id(), Position::new(head.epoch, head.seq - n));
    // 69 × 60,000 and what stands around them stay under 4 MiB, 70 do not.
    assert!(matches!(behind(69).await, Ok(LogPage::Entries { .. })));
    assert!(matches!(behind(70).await, Ok(LogPage::Trimmed { .. })));
}

pub(super) async fn other_histories_are_told_apart(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*store, "room").await;
    let ended = room.head();
    let (append, room) = decide(&room, &[message("x"), message("y")], store.clock().now(), true);
    stored(store.append(append).await);
    assert_eq!(read(&*store, room.id(), ended).await.len(), 2, "the end of a past epoch is in the history");
    for position in [
        Position::new(ended.epoch, ended.seq + 1),
        Position::new(room.head().epoch, room.head().seq + 1),
        Position::new(fresh_epoch(), 1),
    ] {
        let page = store.read_log(room.id(), position).await;
        assert!(matches!(page, Ok(LogPage::NotInHistory { head }) if head == room.head()), "{page:?}");
        let (append, _) = decide(&room, &[message("z")], store.clock().now(), false);
        let reply = store.append(Append { expect: Some(position), ..append }).await;
        let told = matches!(&reply, Ok(AppendReply::Stale { head, tail }) if *head == Some(room.head()) && tail.is_empty())
            || matches!(&reply, Err(error) if error.proves_not_done());
        assert!(told, "{reply:?}");
    }
}

pub(super) async fn a_repair_with_a_hole_replaces_all(fixture: Fixture) {
    let store = fixture.store().await;
    let old = create(&*store, "room").await;
    let now = store.clock().now();
    // What memory went on to while the store was away, and of which it has only the newest entries. Who left
    // meanwhile must not come back.
    let anna = old.members.iter().map(|(id, member)| SessionKey::of(id, &member.record)).next();
    let key = anna.expect("anna is there");
    let leave = Command::Session { key, counter: 1, after: 0, action: Action::Leave };
    let (_, fork) = decide(&old, &[join("ben", now), leave, message("x")], now, true);
    assert_eq!(fork.member_count(), 1);
    let (mut append, fork) = decide(&fork, &[message("back")], now, true);
    append.expect = Some(old.head());
    append.fields = fields(&fork, &Touched { everything: true, ..Touched::default() });
    stored(store.append(append).await);
    assert_eq!(load(&*store, fork.id()).await.as_ref(), Some(&fork));
    let page = store.read_log(fork.id(), old.head()).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "{page:?}");
    commit(&*store, &fork, &[message("on")]).await;

    // And into a store that lost the room.
    let (mut append, fork) = decide(&fork, &[message("back again")], now, true);
    append.room = id("lost");
    append.expect = None;
    append.fields = fields(&fork, &Touched { everything: true, ..Touched::default() });
    stored(store.append(append).await);
    assert_eq!(load(&*store, &id("lost")).await.map(|room| room.head()), Some(fork.head()));
}

pub(super) async fn a_room_in_place_of_a_tombstone(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*store, "room").await;
    let partition = partition_of(room.id(), PARTITIONS);
    let (append, closed) = decide(&room, &[message("x"), close()], store.clock().now(), false);
    stored(store.append(append).await);
    assert_eq!(load(&*store, room.id()).await.as_ref(), Some(&closed));
    assert_eq!(closed.phase(), Phase::Closed);
    assert_eq!(store.list_rooms(partition, None, 10).await.expect("it is read"), []);
    let page = store.read_log(room.id(), room.head()).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "the message is gone: {page:?}");
    let before_end = Position::new(closed.head().epoch, closed.head().seq - 1);
    let end = read(&*store, room.id(), before_end).await;
    assert!(matches!(end[..], [Entry { change: Change::Closed { .. }, .. }]), "the end is told: {end:?}");

    let second = commit(&*store, &closed, &[join("ben", store.clock().now())]).await;
    assert_eq!(second.head().seq, 2);
    assert_eq!(load(&*store, room.id()).await.as_ref(), Some(&second), "nothing is left of the old one");
    assert_eq!(read(&*store, room.id(), Position::ZERO).await.len(), 2);
    let page = store.read_log(room.id(), room.head()).await;
    assert!(matches!(page, Ok(LogPage::NotInHistory { .. })), "{page:?}");
    let (late, _) = decide(&room, &[message("late")], store.clock().now(), false);
    let reply = store.append(late).await;
    assert!(matches!(&reply, Ok(AppendReply::Stale { tail, .. }) if tail.is_empty()), "{reply:?}");
    assert_eq!(store.list_rooms(partition, None, 10).await.expect("it is read"), [id("room")]);
}
