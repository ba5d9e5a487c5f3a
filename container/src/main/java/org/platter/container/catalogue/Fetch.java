// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.platter.container.format.Locations;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Bytes of files and of URLs that the framework can open, never more than a sensible size, never for ever. */
public final class Fetch {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 30_000;

    private Fetch() {}

    /**
     * All bytes at a location.
     *
     * @throws DiskException {@code NOT_FOUND}, {@code DENIED}, {@code BAD_SIZE} if there are too many, {@code
     *     NOT_SUPPORTED} if nothing opens such a URL, {@code IO}
     */
    public static byte[] bytes(URI location) throws DiskException {
        return "file".equals(location.getScheme()) ? file(Path.of(location)) : url(location);
    }

    private static byte[] file(Path file) throws DiskException {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new DiskException(ErrorCode.BAD_HEADER, file + " is not a file");
            }
            if (Files.size(file) > Bounded.MOST) {
                throw new DiskException(ErrorCode.BAD_SIZE, file + " has more than " + Bounded.MOST + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new DiskException(ErrorCode.NOT_FOUND, file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new DiskException(ErrorCode.DENIED, file + ": permission denied");
        } catch (DiskException e) {
            throw e;
        } catch (IOException e) {
            throw new DiskException(ErrorCode.IO, file + ": " + e.getMessage(), e);
        }
    }

    private static byte[] url(URI location) throws DiskException {
        String shown = Locations.show(location);
        try {
            URLConnection connection = new URL(location.toString()).openConnection();
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            connection.setUseCaches(false);
            try (InputStream stream = new Bounded(connection.getInputStream())) {
                return stream.readAllBytes();
            } finally {
                if (connection instanceof HttpURLConnection http) {
                    http.disconnect();
                }
            }
        } catch (MalformedURLException e) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, shown + ": the framework opens no " + location.getScheme() + ": URLs");
        } catch (FileNotFoundException e) {
            throw new DiskException(ErrorCode.NOT_FOUND, shown + ": there is nothing");
        } catch (IOException e) {
            throw new DiskException(ErrorCode.IO, shown + " cannot be read: " + e, e);
        }
    }

    /** SHA-256, hexadecimal. */
    public static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /**
     * The jar that an index describes, which is what the index says it is.
     *
     * @throws DiskException {@code CORRUPT} if it is another; {@code BAD_HEADER} if the index has no digest of it
     */
    public static byte[] verified(IndexedResource resource) throws DiskException {
        if (resource.digest().isEmpty()) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER, resource.index() + " has no digest of " + resource + ", so it is not taken");
        }
        byte[] jar = bytes(resource.content());
        if (!digest(jar).equals(resource.digest())) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    Locations.show(resource.content()) + " has the SHA-256 " + digest(jar) + ", the index "
                            + resource.index() + " says " + resource.digest());
        }
        return jar;
    }
}
