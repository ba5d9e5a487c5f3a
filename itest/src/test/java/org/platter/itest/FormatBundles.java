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
import java.util.HashMap;
import java.util.Map;
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
        return file("bundles", symbolicName);
    }

    private static Path file(String part, String symbolicName) {
        Path folder = Path.of(System.getProperty("platter.home"), part);
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

    /** The same jar with more in it. */
    static byte[] with(byte[] jar, Map<String, byte[]> more) {
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JarOutputStream out = new JarOutputStream(bytes, in.getManifest())) {
                for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    in.transferTo(out);
                }
                for (Map.Entry<String, byte[]> entry : more.entrySet()) {
                    out.putNextEntry(new JarEntry(entry.getKey()));
                    out.write(entry.getValue());
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The plugin jar of that name in the product. */
    static Path plugin(String symbolicName) {
        return file("plugins", symbolicName);
    }

    /** The jar of a format that is also a second one, the same in all but the name. */
    static byte[] twin(byte[] jar, String backend, String second) {
        String component = """
                <?xml version="1.0" encoding="UTF-8"?>
                <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="second">
                  <property name="platter.format.name" type="String" value="%s"/>
                  <property name="platter.format.extensions" type="String" value="%s"/>
                  <property name="platter.format.capabilities" type="String">UUIDS
                CREATE_DYNAMIC
                FILE</property>
                  <service><provide interface="org.platter.format.FormatBackend"/></service>
                  <implementation class="%s"/>
                </scr:component>
                """.formatted(second, second.toLowerCase(java.util.Locale.ROOT), backend);
        byte[] declared = changed(jar, headers -> {
            headers.putValue(
                    "Provide-Capability",
                    headers.getValue("Provide-Capability") + ",platter.format;name=" + second
                            + ";extensions:List<String>=\"" + second.toLowerCase(java.util.Locale.ROOT) + "\"");
            headers.putValue("Service-Component", headers.getValue("Service-Component") + ",OSGI-INF/second.xml");
        });
        return with(
                declared, Map.of("OSGI-INF/second.xml", component.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    /** A bundle whose storage opens {@code place:} locations. */
    static byte[] place() throws IOException {
        String component = """
                <?xml version="1.0" encoding="UTF-8"?>
                <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="place">
                  <property name="platter.storage.scheme" type="String" value="place"/>
                  <service><provide interface="org.platter.storage.StorageProvider"/></service>
                  <implementation class="org.platter.itest.place.PlaceProvider"/>
                </scr:component>
                """;
        byte[] jar = changed(jar("org.platter.backend.raw"), headers -> {
            headers.putValue("Bundle-SymbolicName", "test.place");
            headers.putValue("Import-Package", "org.platter.error,org.platter.storage");
            headers.putValue("Provide-Capability", "platter.storage;schemes:List<String>=\"place\"");
            headers.putValue("Service-Component", "OSGI-INF/place.xml");
        });
        Map<String, byte[]> more = new HashMap<>();
        more.put("OSGI-INF/place.xml", component.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (String name : new String[] {"PlaceProvider", "PlaceProvider$Bytes"}) {
            String file = "org/platter/itest/place/" + name + ".class";
            try (InputStream type = FormatBundles.class.getResourceAsStream("/" + file)) {
                more.put(file, type.readAllBytes());
            }
        }
        return with(jar, more);
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
