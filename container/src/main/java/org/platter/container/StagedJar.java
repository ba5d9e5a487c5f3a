// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.platter.container.format.Locations;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.DiskFormat;

/** The bytes of a bundle that is to be installed, and what its manifest says; nothing of it has run. */
record StagedJar(byte[] bytes, String digest, String bundle, Version version, String format) {
    private static final long MOST = 64 << 20;
    private static final Pattern DECLARED = Pattern.compile(
            Pattern.quote(DiskFormat.NAMESPACE) + "\\s*;(?:[^,\"]|\"[^\"]*\")*?\\bname\\s*=\\s*\"?([\\w.+-]+)\"?");

    static StagedJar read(URI location) throws DiskException {
        if (!"file".equals(location.getScheme())) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, location + " is not a file");
        }
        Path file = Path.of(location);
        try {
            if (!Files.isRegularFile(file) && Files.exists(file)) {
                throw new DiskException(ErrorCode.BAD_HEADER, file + " is not a file");
            }
            if (Files.size(file) > MOST) {
                throw new DiskException(ErrorCode.BAD_SIZE, file + " has more than " + MOST + " bytes");
            }
            return of(Files.readAllBytes(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new DiskException(ErrorCode.NOT_FOUND, file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new DiskException(ErrorCode.DENIED, file + ": permission denied");
        } catch (IOException e) {
            throw org.platter.container.format.Failures.at(Locations.show(location), e);
        }
    }

    static StagedJar of(byte[] bytes, String place) throws DiskException {
        Attributes headers = headers(bytes, place);
        String name = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
        String capabilities = String.valueOf(headers.getValue(Constants.PROVIDE_CAPABILITY));
        Matcher declared = DECLARED.matcher(capabilities);
        if (name == null || !declared.find()) {
            throw new DiskException(ErrorCode.BAD_HEADER, place + " is not a bundle that declares a disk format");
        }
        try {
            Version version = Version.parseVersion(headers.getValue(Constants.BUNDLE_VERSION));
            return new StagedJar(bytes, digest(bytes), name.split(";")[0].trim(), version, declared.group(1));
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

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    InputStream stream() {
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public String toString() {
        return bundle + " " + version;
    }
}
