# Sourced by the measuring tools of this folder. run_tool NAME CLASS ARG... builds the server if its sources changed
# (CARNELIAN_BUILD=no never builds) and runs one of its command-line tools, out of the same jars as the server.

run_tool() {
    tool=$1
    main=$2
    shift 2
    home=${bin%/*}
    . "$bin/find-jdk.sh"
    find_jdk java || no_jdk "$tool"
    dist=$home
    if [ -f "$home/pom.xml" ]; then
        dist=$home/ops/target/dist
        [ "${CARNELIAN_BUILD:-}" = no ] || "$bin/build" || exit 1
    fi
    # A heap of fixed size and the simplest collector: the client must not be what stalls.
    exec "$jdk/bin/java" -Xms256m -Xmx256m -XX:+UseSerialGC -XX:-UsePerfData --sun-misc-unsafe-memory-access=allow \
        "-Dcarnelian.home=$home" -cp "$dist/lib/*" "$main" "$@"
}
