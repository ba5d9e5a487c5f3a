// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.platter.container.catalogue.Fetch;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The jars that served a format before, one after another in a folder: {@code 000001.jar} is the oldest. A rollback takes the
 * newest and takes it off the list, so that the next goes one step further back and never forth again.
 */
final class History {
    private static final int MOST = 10;

    private final String format;
    private final Path folder;

    History(Path parent, String format) {
        this.format = format;
        folder = parent.resolve(format.toLowerCase(Locale.ROOT));
    }

    /** The newest last; names without digits are nobody's business. */
    private List<Path> files() {
        File[] files = folder.toFile().listFiles((parent, name) -> name.matches("\\d{6}\\.jar"));
        return files == null
                ? List.of()
                : Arrays.stream(files).sorted().map(File::toPath).toList();
    }

    /** The file for one more. */
    Path next() {
        List<Path> files = files();
        int last = files.isEmpty()
                ? 0
                : Integer.parseInt(
                        files.get(files.size() - 1).getFileName().toString().substring(0, 6));
        return folder.resolve(String.format(Locale.ROOT, "%06d.jar", last + 1));
    }

    /** Lets the oldest go. */
    void trim() throws IOException {
        List<Path> files = files();
        for (Path file : files.subList(0, Math.max(0, files.size() - MOST))) {
            Files.deleteIfExists(file);
        }
    }

    /** The newest that has not failed. */
    StagedJar last(List<String> quarantine) throws DiskException {
        List<Path> files = files();
        for (int i = files.size() - 1; i >= 0; i--) {
            StagedJar jar = StagedJar.read(files.get(i).toUri());
            if (!quarantine.contains(jar.digest())) {
                return jar;
            }
        }
        throw new DiskException(ErrorCode.NOT_FOUND, "no earlier version of " + format + " is kept");
    }

    /** Lets that one go, and all after it. */
    void forget(String digest) throws IOException {
        List<Path> files = files();
        for (int i = files.size() - 1; i >= 0; i--) {
            if (Fetch.digest(Files.readAllBytes(files.get(i))).equals(digest)) {
                for (Path file : files.subList(i, files.size())) {
                    Files.deleteIfExists(file);
                }
                return;
            }
        }
    }
}
