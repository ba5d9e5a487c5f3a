// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Who else holds a lock on a file, as far as the host tells. */
public final class LockHolder {
    private static final String UNKNOWN = "another process";
    private static final int MOST_LINES = 100_000;
    private static final int MOST_HANDLES = 50_000;

    private final String file;
    private int handles;

    private LockHolder(String file) {
        this.file = file;
    }

    /** A name for a sentence: {@code "process 4711 (qemu-img)"}. */
    public static String of(Path path) {
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino");
            long device = (Long) attributes.get("dev");
            long major = device >>> 8 & 0xfff | device >>> 32 & ~0xfffL;
            long minor = device & 0xff | device >>> 12 & 0xffffff00L;
            LockHolder search = new LockHolder(String.format("%02x:%02x:%d", major, minor, attributes.get("ino")));
            return search.locked(Path.of("/proc/locks"))
                    .or(search::byHandles)
                    .map(LockHolder::named)
                    .orElse(UNKNOWN);
        } catch (IOException | RuntimeException e) {
            return UNKNOWN; // no such attributes or no such files on this host
        }
    }

    /** Lines like {@code 1: POSIX ADVISORY WRITE 4711 fe:00:123 0 EOF}; a lock of a handle has the process -1. */
    private Optional<String> locked(Path locks) throws IOException {
        try (Stream<String> lines = Files.lines(locks, StandardCharsets.ISO_8859_1)) {
            return lines.limit(MOST_LINES)
                    .map(line -> line.trim().split("\\s+"))
                    .filter(words -> words.length > 5 && words[5].equals(file) && !words[4].startsWith("-"))
                    .map(words -> words[4])
                    .findFirst();
        }
    }

    /** Finds the process that holds a lock by a handle, which is how virtual machines hold theirs. */
    private Optional<String> byHandles() {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process)) {
                    return Optional.of(process.getFileName().toString());
                }
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private boolean holds(Path process) {
        try (DirectoryStream<Path> infos = Files.newDirectoryStream(process.resolve("fdinfo"))) {
            for (Path info : infos) {
                if (++handles > MOST_HANDLES) {
                    return false;
                }
                if (Files.readString(info, StandardCharsets.ISO_8859_1).contains(" " + file + " ")) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // ended meanwhile, or not ours to look at
        }
        return false;
    }

    private static String named(String process) {
        try {
            Path name = Path.of("/proc", process, "comm");
            return "process " + process + " ("
                    + HostFailure.shown(Files.readString(name).trim()) + ")";
        } catch (IOException e) {
            return "process " + process;
        }
    }
}
