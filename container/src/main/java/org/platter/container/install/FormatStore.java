// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.platter.container.catalogue.Known;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Where installed formats are remembered, in a folder: {@code NAME-VERSION-DIGEST.jar} are started by the launcher beside
 * its own bundles, {@code disabled} names files among its own that it leaves out, {@code previous/FORMAT/} holds what
 * rollbacks put back, {@code quarantine} lists digests of bundles that have failed. The folder is that of the framework property
 * {@value Known#STORE}; without it, this bundle's own, and the framework remembers which bundles are installed.
 *
 * <p>A file is complete and on its medium before its name is; what cannot be read is a failure, never an empty list: else
 * a bundle that has failed would be taken again.
 */
final class FormatStore {
    private static final int DIGITS = 12;

    private final Path folder;

    FormatStore(BundleContext context) {
        this(Known.store(context));
    }

    FormatStore(Path folder) {
        this.folder = folder;
    }

    private interface Action {
        void run() throws IOException;
    }

    private void storing(Action action) throws DiskException {
        try {
            action.run();
        } catch (IOException e) {
            throw new DiskException(ErrorCode.IO, "the store of formats " + folder + " cannot be written: " + e, e);
        }
    }

    private void write(Path file, byte[] bytes) throws DiskException {
        storing(() -> {
            Files.createDirectories(file.getParent());
            Path fresh = Files.createTempFile(file.getParent(), "new", ".tmp");
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(bytes);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(file.getParent());
        });
    }

    /** Makes names durable, where the host lets a folder be opened. */
    private static void force(Path folder) throws IOException {
        if (File.separatorChar == '/') {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** The versions that rollbacks of a format put back. */
    History history(String format) {
        return new History(folder.resolve("previous"), format);
    }

    private Path jar(String bundle, Version version, String digest) {
        return folder.resolve(bundle + "-" + version + "-" + digest.substring(0, DIGITS) + ".jar");
    }

    /** Remembers a bundle that serves from now on. */
    void keep(StagedJar jar) throws DiskException {
        write(jar(jar.bundle(), jar.version(), jar.digest()), jar.bytes());
    }

    /** Takes {@link #keep} back. */
    void discard(StagedJar jar) throws DiskException {
        storing(() -> Files.deleteIfExists(jar(jar.bundle(), jar.version(), jar.digest())));
    }

    /** The jar that a bundle was installed from. */
    StagedJar jar(Bundle bundle) throws DiskException {
        InstalledJar installed = InstalledJar.of(bundle);
        Optional<Path> kept = kept(installed.digest()).stream().findFirst();
        return StagedJar.of(installed.bytes(kept), bundle.getLocation());
    }

    /** The files of that digest; the name in front of it is that of the time when it was installed. */
    private List<Path> kept(String digest) {
        File[] files = digest.isEmpty()
                ? null
                : folder.toFile()
                        .listFiles((parent, name) -> name.endsWith("-" + digest.substring(0, DIGITS) + ".jar"));
        return files == null
                ? List.of()
                : Stream.of(files).map(file -> file.toPath().toAbsolutePath()).toList();
    }

    /** True if the bundle is started again with the product. */
    boolean keeps(StagedJar jar) {
        return Files.exists(jar(jar.bundle(), jar.version(), jar.digest()));
    }

    /** Remembers what a rollback would put back. */
    void remember(StagedJar jar) throws DiskException {
        for (String format : jar.declared().formats()) {
            History history = history(format);
            write(history.next(), jar.bytes());
            storing(history::trim);
        }
    }

    /** Forgets what a rollback has put back, and what came after it. */
    void forget(StagedJar jar) throws DiskException {
        for (String format : jar.declared().formats()) {
            storing(() -> history(format).forget(jar.digest()));
        }
    }

    /** Remembers that a bundle is gone, even if the distribution brings it along. */
    void drop(Bundle bundle) throws DiskException {
        InstalledJar jar = InstalledJar.of(bundle);
        for (Path kept : kept(jar.digest())) {
            storing(() -> Files.deleteIfExists(kept));
        }
        Path file = jar.file().orElse(null);
        if (file == null || file.getFileName() == null) {
            return;
        }
        if (folder.toAbsolutePath().equals(file.toAbsolutePath().getParent())) {
            storing(() -> Files.deleteIfExists(file));
            return;
        }
        disable(file.getFileName().toString());
    }

    /** Leaves a file of the distribution out from now on. */
    void disable(String name) throws DiskException {
        List<String> names = new ArrayList<>(lines("disabled"));
        if (name.endsWith(".jar") && !names.contains(name)) {
            names.add(name);
            write(folder.resolve("disabled"), String.join("\n", names).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** True if the distribution's own file of that name is left out. */
    boolean disabled(String fileName) throws DiskException {
        return lines("disabled").contains(fileName);
    }

    List<String> quarantine() throws DiskException {
        return lines("quarantine");
    }

    void quarantine(String digest) throws DiskException {
        List<String> digests = new ArrayList<>(lines("quarantine"));
        digests.add(digest);
        write(folder.resolve("quarantine"), String.join("\n", digests).getBytes(StandardCharsets.UTF_8));
    }

    private List<String> lines(String name) throws DiskException {
        Path file = folder.resolve(name);
        try {
            return Files.exists(file) ? Files.readAllLines(file) : absent(file);
        } catch (IOException e) {
            throw new DiskException(
                    ErrorCode.IO,
                    "the store of formats cannot be read, so nothing is installed: " + file + ": " + e,
                    e);
        }
    }

    /** A folder that may not be looked into is not one without the file. */
    private List<String> absent(Path file) throws IOException {
        if (!Files.notExists(file)) {
            throw new IOException("it cannot be told whether it is there");
        }
        return List.of();
    }
}
