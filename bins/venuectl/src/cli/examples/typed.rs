//! What people type.

/// What a person types, by command. A test parses each line.
pub(super) const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "venuectl doctor                             # is everything in order, and what to do if not",
            "venuectl device list",
            "venuectl tv channel 501 ir-dc4516/2",
            "venuectl batch create on zone=bar --watch",
        ],
    ),
    ("status", &["venuectl status", "venuectl status -o json"]),
    ("device", &["venuectl device list", "venuectl device get ir-dc4516"]),
    ("device list", &["venuectl device list", "venuectl device list --watch"]),
    ("device get", &["venuectl device get ir-dc4516"]),
    (
        "device identify",
        &["venuectl device identify ir-dc4516", "venuectl device identify ir-dc4516 --code 0"],
    ),
    ("device ping", &["venuectl device ping ir-dc4516"]),
    ("device capabilities", &["venuectl device capabilities ir-dc4516"]),
    ("device commands", &["venuectl device commands ir-dc4516 --limit 50"]),
    (
        "device logs",
        &[
            "venuectl system run log_collection          # collects the logs first",
            "venuectl device logs ir-dc4516",
        ],
    ),
    (
        "device firmware",
        &["venuectl system run firmware_check          # checks first", "venuectl device firmware"],
    ),
    ("device discover", &["venuectl device discover"]),
    (
        "device adopt",
        &[
            "venuectl device adopt ir-dc4516 --zone bar --tvs 5 --key-file ir-dc4516.key",
            "venuectl device adopt ir-dc4516 --address 10.0.7.21 --mac 24:58:7c:dc:45:16",
        ],
    ),
    ("device remove", &["venuectl device remove ir-dc4516"]),
    ("device accept", &["venuectl device accept ir-dc4516 24:58:7c:dc:45:16"]),
    (
        "device key",
        &[
            "venuectl device key ir-dc4516 --key-file ir-dc4516.key",
            "venuectl device key ir-dc4516               # removes the key",
        ],
    ),
    (
        "tv",
        &[
            "venuectl tv on ir-dc4516/2",
            "venuectl tv on ir-dc4516/2 --dry-run",
            "venuectl tv channel 501 'Bar left'",
            "venuectl tv off -l zone=bar",
            "venuectl tv channel 'Fox Sports 1' zone=bar",
        ],
    ),
    (
        "batch",
        &[
            "venuectl batch create channel 501 zone=bar --watch",
            "venuectl batch list",
            "venuectl batch undo kick-off",
        ],
    ),
    (
        "batch create",
        &[
            "venuectl batch create channel 501 zone=bar --dry-run",
            "venuectl batch create channel 501 zone=bar --id kick-off --watch",
            "venuectl batch create off all --at 2027-03-01T23:30:00+11:00",
            "venuectl batch create on 'zone in (bar,patio),tag!=vip' ir-dc4516/2",
        ],
    ),
    ("batch list", &["venuectl batch list --limit 10"]),
    ("batch get", &["venuectl batch get kick-off"]),
    ("batch watch", &["venuectl batch watch kick-off --wait 30s"]),
    ("batch cancel", &["venuectl batch cancel kick-off"]),
    ("batch retry", &["venuectl batch retry kick-off"]),
    ("batch undo", &["venuectl batch undo kick-off", "venuectl batch undo kick-off zone=bar"]),
    ("queue", &["venuectl queue stats", "venuectl queue list --device ir-dc4516"]),
    ("queue stats", &["venuectl queue stats"]),
    ("queue list", &["venuectl queue list --device ir-dc4516 --limit 20"]),
    ("queue pause", &["venuectl queue pause"]),
    ("queue resume", &["venuectl queue resume"]),
    ("command", &["venuectl command get 17", "venuectl command cancel 17"]),
    (
        "command get",
        &["venuectl command get 17", "venuectl command get 0190a6b2-7c1e-7e52-9d58-2f6f1d7a9b11"],
    ),
    ("command cancel", &["venuectl command cancel 17"]),
    ("why", &["venuectl why 17", "venuectl why 0190a6b2-7c1e-7e52-9d58-2f6f1d7a9b11"]),
    ("history", &["venuectl history --limit 20", "venuectl history --device ir-dc4516"]),
    ("backup", &["venuectl backup create", "venuectl backup list"]),
    ("backup create", &["venuectl backup create"]),
    ("backup list", &["venuectl backup list"]),
    (
        "backup download",
        &[
            "venuectl backup download venue-001790000000250.db",
            "venuectl backup download venue-001790000000250.db /mnt/usb/venue.db",
        ],
    ),
    (
        "backup upload",
        &[
            "venuectl backup upload venue.db",
            "venuectl backup upload venue.db --name uploaded-before-the-move.db",
        ],
    ),
    ("backup restore", &["venuectl backup restore venue-001790000000250.db --yes"]),
    ("config", &["venuectl config list zones", "venuectl config set zones bar name='Main bar'"]),
    ("config list", &["venuectl config list devices", "venuectl config list channels -o json"]),
    ("config get", &["venuectl config get zones bar"]),
    (
        "config add",
        &[
            "venuectl config add zones bar name='Main bar' order=1",
            "venuectl config add channels espn name=ESPN number=206",
        ],
    ),
    (
        "config set",
        &[
            "venuectl config set zones bar order=2",
            "venuectl config set devices ir-dc4516 notes=    # removes the notes",
        ],
    ),
    ("config remove", &["venuectl config remove zones bar"]),
    (
        "port",
        &[
            "venuectl port list zone=bar",
            "venuectl port set ir-dc4516/2 --name 'Bar left' --zone bar",
        ],
    ),
    (
        "port list",
        &[
            "venuectl port list",
            "venuectl port list zone=bar ir-dc4516/2",
            "venuectl port list 'zone in (bar,patio),tag!=vip'",
        ],
    ),
    (
        "port set",
        &[
            "venuectl port set ir-dc4516/2 --name 'Bar left' --zone bar --tag sport --default-channel 501",
        ],
    ),
    (
        "port correct",
        &[
            "venuectl port correct ir-dc4516/2 --power off",
            "venuectl port correct ir-dc4516/2 --power on --channel 501 --muted false",
        ],
    ),
    ("port clear", &["venuectl port clear ir-dc4516/2"]),
    ("token", &["venuectl token create chief --role admin > chief.token", "venuectl token list"]),
    (
        "token create",
        &[
            "venuectl token create chief --role admin --to chief.token    # which nobody else reads",
            "venuectl token create bar-tablet --role operator --zone bar --expires 2027-01-01T00:00:00Z",
        ],
    ),
    ("setup", &["venuectl setup code    # as root", "venuectl setup status"]),
    ("setup status", &["venuectl setup status"]),
    ("setup code", &["venuectl setup code    # as root"]),
    ("token list", &["venuectl token list"]),
    ("token revoke", &["venuectl token revoke tok_0123456789abcdef"]),
    (
        "audit",
        &["venuectl audit --limit 50", "venuectl audit --actor chief --since 2026-11-25T00:00:00Z"],
    ),
    (
        "login",
        &[
            "venuectl --server https://oak.lan:8443 --ca oak.pem login Rosa --save-as oak",
            "venuectl --context oak login Rosa",
        ],
    ),
    ("logout", &["venuectl logout", "venuectl --context oak logout"]),
    ("whoami", &["venuectl whoami", "venuectl --token-file chief.token whoami"]),
    ("system", &["venuectl system tasks", "venuectl system run health_sweep"]),
    ("system tasks", &["venuectl system tasks"]),
    ("system get", &["venuectl system get health_sweep"]),
    ("system run", &["venuectl system run health_sweep"]),
    (
        "stats",
        &[
            "venuectl stats --days 30 --group day",
            "venuectl stats --from 2026-11-01 --to 2026-11-30 --device ir-dc4516",
        ],
    ),
    ("doctor", &["venuectl doctor"]),
    (
        "context",
        &[
            "venuectl context set oak --server https://oak.lan:8443 --token-file oak.token --ca oak.pem",
            "venuectl context use oak",
            "venuectl --context elm status",
        ],
    ),
    ("context list", &["venuectl context list"]),
    (
        "context set",
        &[
            "venuectl context set oak --server https://oak.lan:8443 --token-file oak.token --ca oak.pem",
            "venuectl context set oak --token-file new.token",
        ],
    ),
    ("context use", &["venuectl context use oak"]),
    ("context remove", &["venuectl context remove oak"]),
    (
        "explain",
        &[
            "venuectl explain                            # the items that there are",
            "venuectl explain schedule",
            "venuectl explain port.default_channel",
        ],
    ),
    (
        "api",
        &[
            "venuectl api GET /api/v1/status",
            "venuectl api PUT /api/v1/config/zones/bar '{\"id\":\"bar\",\"name\":\"Main bar\"}' -H 'If-Match: *'",
            "venuectl api POST /api/v1/batches - < batch.json",
        ],
    ),
    (
        "completion",
        &[
            "venuectl completion bash > /etc/bash_completion.d/venuectl",
            "venuectl completion fish > ~/.config/fish/completions/venuectl.fish",
        ],
    ),
    ("man", &["venuectl man /usr/local/share/man/man1"]),
    (
        "events",
        &[
            "venuectl events",
            "venuectl events --type 'device.*,batch.progress'",
            "venuectl events --type schedule.fired --count 1",
        ],
    ),
    ("alerts", &["venuectl alerts"]),
    ("agenda", &["venuectl agenda", "venuectl agenda --days 1"]),
    (
        "codes",
        &[
            "venuectl codes find ir-dc4516/2 --make LG",
            "venuectl codes adopt lg-tv --port ir-dc4516/2",
            "venuectl codes learn ir-dc4516",
        ],
    ),
    ("codes list", &["venuectl codes list --make lg", "venuectl codes list --kind box -o json"]),
    (
        "codes show",
        &["venuectl codes show lg-tv", "venuectl codes show --file TVs/Acme/Acme_T1000.ir"],
    ),
    (
        "codes import",
        &[
            "venuectl codes import Acme_T1000.ir --make Acme --dry-run",
            "venuectl codes import Acme_T1000.ir --make Acme --rename 'other:TV/Video=source'",
            "venuectl codes import lg-tv.json --id lg-bar --replace",
        ],
    ),
    ("codes export", &["venuectl codes export lg-tv > lg-tv.json"]),
    (
        "codes adopt",
        &[
            "venuectl codes adopt lg-tv",
            "venuectl codes adopt lg-tv --port ir-dc4516/2 --port ir-dc4516/3",
            "venuectl codes adopt --file TVs/Acme/Acme_T1000.ir --id acme --port ir-dc4516/4",
        ],
    ),
    (
        "codes find",
        &[
            "venuectl codes find ir-dc4516/2 --make LG",
            "venuectl codes find ir-dc4516/2 --kind tv --no volume_up=nec1:4,2",
        ],
    ),
    (
        "codes try",
        &[
            "venuectl codes try ir-dc4516/2 volume_up --set lg-tv",
            "venuectl codes try ir-dc4516/2 --code nec1:4,2 --dry-run",
            "venuectl codes try ir-dc4516/2 power_on --set lg-tv --allow-power",
        ],
    ),
    (
        "codes learn",
        &[
            "venuectl codes learn ir-dc4516",
            "venuectl codes learn ir-dc4516 --key volume_up -o json",
        ],
    ),
    (
        "source",
        &[
            "venuectl source set dtv-1 --port ir-rack/1 --via 'matrix output 3'",
            "venuectl port set ir-dc4516/2 --source dtv-1    # what that TV shows",
        ],
    ),
    ("source list", &["venuectl source list"]),
    (
        "source set",
        &[
            "venuectl source set dtv-1 --port ir-rack/1 --name 'Box 1'",
            "venuectl source set dtv-1 --via 'matrix output 4'",
        ],
    ),
    ("source remove", &["venuectl source remove dtv-1"]),
    (
        "preset",
        &[
            "venuectl preset capture game-day zone=bar    # as the TVs of the bar are now",
            "venuectl preset run game-day --watch",
        ],
    ),
    ("preset list", &["venuectl preset list"]),
    ("preset get", &["venuectl preset get game-day"]),
    (
        "preset capture",
        &[
            "venuectl preset capture game-day zone=bar --name 'Game day' --dry-run",
            "venuectl preset capture game-day all --replace",
        ],
    ),
    (
        "preset set",
        &[
            "venuectl preset set game-day name='Game day' order=1",
            "venuectl preset set quiet 'entries=[{\"targets\":[\"all\"],\"mute\":\"on\"}]'",
        ],
    ),
    (
        "preset run",
        &[
            "venuectl preset run game-day --dry-run",
            "venuectl preset run game-day zone=bar --watch",
        ],
    ),
    ("preset remove", &["venuectl preset remove game-day"]),
    (
        "person",
        &[
            "venuectl person add Anna --role operator --zone bar --address http://192.168.1.10:8080",
            "venuectl person list",
        ],
    ),
    ("person list", &["venuectl person list"]),
    (
        "person add",
        &[
            "venuectl person add Anna --role operator --zone bar --address http://192.168.1.10:8080",
            "venuectl person add 'Ben Smith' --role manager",
        ],
    ),
    (
        "person set",
        &[
            "venuectl person set Anna --role manager --all-zones",
            "venuectl person set Ben --zone bar",
        ],
    ),
    ("person invite", &["venuectl person invite Anna --address http://192.168.1.10:8080"]),
    ("person sign-out", &["venuectl person sign-out Anna"]),
    ("person remove", &["venuectl person remove Anna"]),
    ("venue", &["venuectl venue show"]),
    ("venue show", &["venuectl venue show"]),
    ("venue holidays", &["venuectl venue holidays add 2026-12-25 2026-12-26"]),
    ("venue holidays list", &["venuectl venue holidays list"]),
    ("venue holidays add", &["venuectl venue holidays add 2026-12-25 2026-12-26"]),
    ("venue holidays remove", &["venuectl venue holidays remove 2026-12-26"]),
    (
        "venue set",
        &[
            "venuectl venue set --name 'The Oak' --tz Australia/Sydney",
            "venuectl venue set --tz ''    # that of the daemon's machine",
        ],
    ),
    (
        "lock",
        &[
            "venuectl lock add zone=bar --until 23:00 --reason 'private party'",
            "venuectl lock remove zone=bar",
        ],
    ),
    ("lock list", &["venuectl lock list"]),
    (
        "lock add",
        &[
            "venuectl lock add zone=bar --until 2h --reason 'private party' --cancel-waiting",
            "venuectl lock add 'tv:Bar left' --until 2027-01-01T02:00",
            "venuectl lock add zone=bar --until 01:00 --replace",
        ],
    ),
    ("lock remove", &["venuectl lock remove 'tv:Bar left'"]),
    (
        "maintenance",
        &[
            "venuectl maintenance begin ir-dc4516 --until 2h --reason 'new power supply'",
            "venuectl maintenance end ir-dc4516",
        ],
    ),
    ("maintenance list", &["venuectl maintenance list"]),
    (
        "maintenance begin",
        &[
            "venuectl maintenance begin ir-dc4516 --until 2h --reason 'new power supply'",
            "venuectl maintenance begin zone=bar --until 17:00",
        ],
    ),
    ("maintenance end", &["venuectl maintenance end zone=bar"]),
    (
        "schedule",
        &[
            "venuectl schedule add opening all --cron '0 10 * * mon-fri' --tz Australia/Sydney --do on",
            "venuectl schedule list",
        ],
    ),
    ("schedule list", &["venuectl schedule list"]),
    ("schedule get", &["venuectl schedule get opening"]),
    (
        "schedule add",
        &[
            "venuectl schedule add opening zone=bar --cron '0 10 * * mon-fri' --tz Australia/Sydney --do on --do 'wait 10 s' --do 'channel 501'",
            "venuectl schedule add football zone=bar --at 2027-05-01T19:30 --put-back 22:00 --do 'channel 501'",
            "venuectl schedule add party tag=sport --at 2027-12-31T23:00 --tz Australia/Sydney --do 'channel 24'",
        ],
    ),
    (
        "schedule set",
        &[
            "venuectl schedule set opening cron='0 9 * * *'",
            "venuectl schedule set opening zone=Europe/Berlin",
        ],
    ),
    ("schedule remove", &["venuectl schedule remove opening"]),
    ("schedule next", &["venuectl schedule next opening --number 10"]),
    ("schedule runs", &["venuectl schedule runs opening"]),
    (
        "schedule skip",
        &["venuectl schedule skip opening", "venuectl schedule skip opening --on 2026-12-25"],
    ),
    ("schedule unskip", &["venuectl schedule unskip opening --on 2026-12-25"]),
    ("schedule move", &["venuectl schedule move football --on 2027-05-01 --to 20:15"]),
    (
        "schedule except",
        &[
            "venuectl schedule except opening 2026-12-25 2026-12-26",
            "venuectl schedule except opening 2026-12-26 --remove",
        ],
    ),
    ("schedule preview", &["venuectl schedule preview opening"]),
    ("schedule run", &["venuectl schedule run opening --watch"]),
    ("schedule pause", &["venuectl schedule pause opening"]),
    ("schedule resume", &["venuectl schedule resume opening"]),
    ("export", &["venuectl export > venue.yaml", "venuectl export channels > channels.csv"]),
    ("diff", &["venuectl diff --file venue.yaml", "venuectl diff --file venue.yaml --prune"]),
    (
        "apply",
        &[
            "venuectl apply --file venue.yaml --dry-run",
            "venuectl apply --file venue.yaml",
            "venuectl apply --file venue.yaml --prune --yes",
        ],
    ),
    (
        "import",
        &["venuectl import devices devices.csv --dry-run", "venuectl import channels channels.csv"],
    ),
    (
        "import devices",
        &["venuectl import devices devices.csv --dry-run", "venuectl import devices devices.csv"],
    ),
    ("import ports", &["venuectl import ports tvs.csv --dry-run", "venuectl import ports tvs.csv"]),
    (
        "import channels",
        &[
            "venuectl import channels channels.csv --dry-run",
            "venuectl import channels channels.csv",
        ],
    ),
];
