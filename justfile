# The front door. Every recipe is a script or one cargo command, so `just` itself is a convenience.

# list the recipes
default:
  @just --list

# format, lint, documentation, licences: without running anything
check:
  scripts/check.sh

# every test; PostgreSQL is used where it is installed
test:
  cargo test --locked

# hostile input against a running demo
schemathesis examples="200":
  scripts/schemathesis.sh {{examples}}

# a client generated from the document, searching and looking up
generated-client:
  scripts/generated_client.sh

# the FHIR export of a demo, validated by models that are not ours
fhir:
  scripts/fhir.sh

# look-ups a second next to pgbench
bench *arguments:
  scripts/bench_lookup.sh {{arguments}}

# what look-ups suffer from others
pressure *arguments:
  scripts/bench_pressure.sh {{arguments}}

# two nodes, a standby and a proxy: restarted, killed, the primary lost
nodes *arguments:
  scripts/nodes.sh {{arguments}}

# write the API's description anew
openapi:
  scripts/openapi.sh

# an index with 2,000 synthetic children on 127.0.0.1:8080
demo:
  cargo run --release --locked -- demo

# all that must hold before a change is accepted
ci:
  .ci/run
