# Sourced by the scripts of this folder. find_jdk TOOL sets $jdk to the home of a Java 25 that has bin/TOOL
# ("java" to run, "javac" to build), or fails. No process is started: the launcher has 20 ms in all.

# Reads JAVA_VERSION="25.0.1" from the file `release` that every runtime carries.
is_java_25() {
    [ -x "$1/bin/$2" ] && [ -r "$1/release" ] || return 1
    while IFS= read -r line; do
        case $line in
            'JAVA_VERSION="25"' | 'JAVA_VERSION="25.'* | 'JAVA_VERSION="25-'* | 'JAVA_VERSION="25+'*) return 0 ;;
            JAVA_VERSION=*) return 1 ;;
        esac
    done <"$1/release"
    return 1
}

find_jdk() {
    jdk=${JAVA_HOME:-}
    [ -n "$jdk" ] && is_java_25 "$jdk" "$1" && return 0
    # A `java` on the path is often a chain of links, so its home is beside the last of them; only then ask readlink.
    if jdk=$(command -v java); then
        [ ! -L "$jdk" ] || jdk=$(readlink -f "$jdk")
        jdk=${jdk%/bin/java}
        is_java_25 "$jdk" "$1" && return 0
    fi
    for jdk in /usr/lib/jvm/* /opt/* /opt/*/* /usr/java/* /usr/local/* \
        "${HOME:-/root}"/.sdkman/candidates/java/* "${HOME:-/root}"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        is_java_25 "$jdk" "$1" && return 0
    done
    jdk=
    return 1
}

no_jdk() {
    echo "$1: no Java 25 found (looked at JAVA_HOME, PATH, /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks)." >&2
    echo "Install a JDK 25, for example Eclipse Temurin (Debian 12 has none), or set JAVA_HOME." >&2
    exit 1
}
