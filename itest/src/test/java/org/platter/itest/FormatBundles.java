// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The bundles of formats, and versions of them that nobody has built. */
final class FormatBundles {
    private FormatBundles() {}

    static Bundle find(BundleContext context, String symbolicName) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow();
    }

    /** The file of a bundle of the product. */
    static Path file(String symbolicName) {
        Path folder = Path.of(System.getProperty("platter.home"), "bundles");
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(symbolicName + "-"))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The jar of a bundle of the product. */
    static byte[] jar(String symbolicName) {
        try {
            return Files.readAllBytes(file(symbolicName));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same jar as another version. */
    static byte[] version(byte[] jar, String version) {
        return changed(jar, headers -> headers.putValue("Bundle-Version", version));
    }

    /** The same jar with other headers. */
    static byte[] changed(byte[] jar, Consumer<Attributes> change) {
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
            Manifest manifest = new Manifest(in.getManifest());
            change.accept(manifest.getMainAttributes());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
                for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    in.transferTo(out);
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The VDI jar, but its component is {@link org.platter.itest.broken.BrokenBackend}. */
    static byte[] broken(String version) {
        byte[] jar = version(jar("org.platter.backend.vdi"), version);
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JarOutputStream out = new JarOutputStream(bytes, in.getManifest())) {
                for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    byte[] content = in.readAllBytes();
                    out.write(entry.getName().startsWith("OSGI-INF/") ? replaced(content) : content);
                }
                for (String name : new String[] {"BrokenBackend", "BrokenBackend$Shifted"}) {
                    String file = "org/platter/itest/broken/" + name + ".class";
                    out.putNextEntry(new JarEntry(file));
                    try (InputStream type = FormatBundles.class.getResourceAsStream("/" + file)) {
                        type.transferTo(out);
                    }
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] replaced(byte[] xml) {
        return new String(xml, java.nio.charset.StandardCharsets.UTF_8)
                .replace(
                        "implementation class=\"org.platter.backend.vdi.VdiBackend\"",
                        "implementation class=\"org.platter.itest.broken.BrokenBackend\"")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    static URI written(Path folder, String name, byte[] jar) throws IOException {
        return Files.write(folder.resolve(name), jar).toUri();
    }
}
