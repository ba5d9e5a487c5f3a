// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Jars with nothing but a manifest, and indexes of them. */
public final class Jars {
    private Jars() {}

    /** A bundle that declares a format. */
    public static byte[] format(String bundle, String version, String capability) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
        manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", bundle);
        manifest.getMainAttributes().putValue("Bundle-Version", version);
        manifest.getMainAttributes().putValue("Provide-Capability", capability);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            ZipEntry entry = new ZipEntry(JarFile.MANIFEST_NAME);
            entry.setTime(0); // the same jar has the same digest whenever it is made
            out.putNextEntry(entry);
            manifest.write(out);
        }
        return bytes.toByteArray();
    }

    /** An index of one bundle with a format of that name. */
    static String index(String bundle, String format, String url, String digest) {
        return """
                <?xml version="1.0" encoding="utf-8"?>
                <repository name="test" xmlns="http://www.osgi.org/xmlns/repository/v1.0.0">
                  <resource>
                    <capability namespace="osgi.identity">
                      <attribute name="osgi.identity" value="%1$s"/>
                      <attribute name="type" value="osgi.bundle"/>
                      <attribute name="version" value="1.2.3" type="Version"/>
                    </capability>
                    <capability namespace="osgi.content">
                      <attribute name="osgi.content" value="%4$s"/>
                      <attribute name="url" value="%3$s"/>
                      <attribute name="size" value="17" type="Long"/>
                    </capability>
                    <capability namespace="platter.format">
                      <attribute name="name" value="%2$s"/>
                      <attribute name="extensions" value="foo,bar" type="List&lt;String&gt;"/>
                      <attribute name="signatures" value="0:464f4f" type="List&lt;String&gt;"/>
                    </capability>
                    <requirement namespace="osgi.wiring.package">
                      <directive name="filter" value="(osgi.wiring.package=org.platter.format)"/>
                    </requirement>
                  </resource>
                </repository>
                """.formatted(bundle, format, url, digest);
    }
}
