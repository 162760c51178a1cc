-- Why each of the last twenty attempts at a parked event failed, oldest first.

create function with_attempt(earlier jsonb, class text, code text, detail text) returns jsonb
    language sql stable
    return jsonb_path_query_array(
        earlier || jsonb_build_object('at', now(), 'class', class, 'code', code, 'detail', detail), '$[last - 19 to last]');

alter table parked_event add column attempt_errors jsonb not null default '[]';
