//! docs/metrics.md, from what the processes declare.

/// The page as it should be.
pub(crate) fn page() -> String {
    let tables = [
        ("A gateway", switchboard_gateway::metrics::declared()),
        ("A room service", switchboard_roomsvc::metrics::declared()),
    ];
    let mut page = String::from(
        "# Metrics\n\n\
         <!-- Made by `make gen` from the declarations in gateway/src/metrics.rs and roomsvc/src/metrics.rs; a test compares. -->\n\n\
         Each process tells its own at `/metrics` of `--admin-listen`, in Prometheus' text format. A process that is gateway and room\n\
         service in one has two admin ports. `deploy/prometheus` has the scrape configuration and the alert rules\n\
         ([alerts.md](alerts.md)), `deploy/grafana` the dashboard; `docker compose --profile metrics up -d` runs both.\n\n\
         No label has a value that somebody from outside chooses: no room, no participant, no address. A series of a label with few\n\
         values is there from the start, at 0; of one with many (`reason` of errors, `outcome` of calls, `partition`, `status`) once it\n\
         was used. Partitions are as many as were chosen, 128 unless told otherwise.\n\n\
         **Latency, hop by hop.** Each is measured with the clock of one process, so none needs clocks that agree:\n\n\
         | hop | metric |\n| --- | --- |\n\
         | a browser's command read → its acknowledgement written | `switchboard_gateway_command_ack_duration_seconds` |\n\
         | within it: the command read on its link → its answer queued | `switchboard_roomsvc_command_duration_seconds` |\n\
         | within that: the append sent → answered | `switchboard_roomsvc_append_duration_seconds` |\n\
         | an event queued for a link, right behind the append → taken by the stream | `switchboard_roomsvc_link_outbox_wait_seconds` |\n\
         | an event read on its link → written to a socket | `switchboard_gateway_event_delivery_duration_seconds` |\n\n\
         What lies between two processes, and the hint by which another room service learns of an event, is in none of them.\n",
    );
    for (title, declared) in tables {
        page.push_str(&format!("\n## {title}\n\n{}", switchboard_metrics::table(&declared)));
    }
    page
}
