// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.platter.container.catalogue.Declared;
import org.platter.container.catalogue.Fetch;
import org.platter.container.format.Locations;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The bytes of a bundle that is to be installed, and what its manifest says; nothing of it has run. */
record StagedJar(byte[] bytes, String digest, String bundle, Version version, Declared declared) {
    /** The bundle at a location, which declares a format or a storage. */
    static StagedJar read(URI location) throws DiskException {
        return of(Fetch.bytes(location), Locations.show(location)).serving(Locations.show(location));
    }

    private StagedJar serving(String place) throws DiskException {
        if (declared.formats().isEmpty() && declared.schemes().isEmpty()) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER, place + " is not a bundle that declares a disk format or a storage");
        }
        return this;
    }

    /** Any bundle, of that place. */
    static StagedJar of(byte[] bytes, String place) throws DiskException {
        Attributes headers = headers(bytes, place);
        String name = Declared.bundle(headers)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.BAD_HEADER, place + " is not a bundle that declares a disk format or a storage"));
        try {
            Version version = Version.parseVersion(headers.getValue(Constants.BUNDLE_VERSION));
            return new StagedJar(bytes, Fetch.digest(bytes), name, version, Declared.of(headers));
        } catch (IllegalArgumentException e) {
            throw new DiskException(ErrorCode.BAD_HEADER, place + ": " + e.getMessage());
        }
    }

    private static Attributes headers(byte[] bytes, String place) throws DiskException {
        try (JarInputStream jar = new JarInputStream(new ByteArrayInputStream(bytes))) {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                throw new DiskException(ErrorCode.BAD_HEADER, place + " is not a jar with a manifest in front");
            }
            return manifest.getMainAttributes();
        } catch (DiskException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new DiskException(ErrorCode.BAD_HEADER, place + " is not a jar: " + e.getMessage());
        }
    }

    InputStream stream() {
        return new ByteArrayInputStream(bytes);
    }

    /** True if it declares the format. */
    boolean serves(String format) {
        return declared.formats().stream().anyMatch(format::equalsIgnoreCase);
    }

    /** What it serves first of all: a format, else the scheme of a storage. */
    String served() {
        return declared.formats().isEmpty()
                ? declared.schemes().get(0)
                : declared.formats().get(0);
    }

    @Override
    public String toString() {
        return bundle + " " + version;
    }
}
