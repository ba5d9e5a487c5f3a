// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Where installed formats are remembered, in a folder: {@code NAME-VERSION.jar} are started by the launcher beside its
 * own bundles, {@code disabled} names files among its own that it leaves out, {@code previous/FORMAT.jar} is what a rollback puts
 * back, {@code quarantine} lists digests of bundles that have failed. The folder is that of the framework property
 * {@value #PROPERTY}; without it, this bundle's own, and the framework remembers which bundles are installed.
 */
final class FormatStore {
    static final String PROPERTY = "platter.store";

    private final Path folder;

    FormatStore(BundleContext context) {
        String named = context.getProperty(PROPERTY);
        folder = named != null ? Path.of(named) : context.getDataFile("formats").toPath();
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
            Files.write(fresh, bytes);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        });
    }

    private Path jar(String bundle, Object version) {
        return folder.resolve(bundle + "-" + version + ".jar");
    }

    /** Remembers a bundle that serves from now on. */
    void keep(StagedJar jar) throws DiskException {
        Path file = jar(jar.bundle(), jar.version());
        write(file, jar.bytes());
        List<String> names = new ArrayList<>(lines("disabled"));
        if (names.remove(file.getFileName().toString())) {
            disabled(names);
        }
    }

    /** Remembers that a bundle is gone, even if the distribution brings it along. */
    void drop(Bundle bundle) throws DiskException {
        storing(() -> Files.deleteIfExists(jar(bundle.getSymbolicName(), bundle.getVersion())));
        String location = bundle.getLocation();
        String name = location.substring(location.lastIndexOf('/') + 1);
        List<String> names = new ArrayList<>(lines("disabled"));
        if (location.endsWith(".jar") && !names.contains(name)) {
            names.add(name);
            disabled(names);
        }
    }

    private void disabled(List<String> names) throws DiskException {
        write(folder.resolve("disabled"), String.join("\n", names).getBytes(StandardCharsets.UTF_8));
    }

    /** Remembers what a rollback of the format would put back. */
    void previous(String format, byte[] jar) throws DiskException {
        write(folder.resolve("previous").resolve(format.toLowerCase(java.util.Locale.ROOT) + ".jar"), jar);
    }

    StagedJar previous(String format) throws DiskException {
        Path file = folder.resolve("previous").resolve(format.toLowerCase(java.util.Locale.ROOT) + ".jar");
        if (!Files.exists(file)) {
            throw new DiskException(ErrorCode.NOT_FOUND, "no earlier version of " + format + " is kept");
        }
        return StagedJar.read(file.toUri());
    }

    List<String> quarantine() {
        return lines("quarantine");
    }

    void quarantine(String digest) throws DiskException {
        storing(() -> {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve("quarantine"), digest + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        });
    }

    private List<String> lines(String name) {
        try {
            Path file = folder.resolve(name);
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The jar of an installed bundle, if its location can be read. */
    static Optional<byte[]> bytes(Bundle bundle) {
        String location = bundle.getLocation().replaceFirst("^reference:", "");
        try (InputStream stream = new URL(URI.create(location).toString()).openStream()) {
            return Optional.of(stream.readAllBytes());
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
