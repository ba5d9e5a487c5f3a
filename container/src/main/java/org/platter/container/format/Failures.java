// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Turns what formats and storages throw into what users of disks get; lets no foreign class through. */
public final class Failures {
    private Failures() {}

    /** A failure at a place of an image. */
    public static DiskException at(URI location, IOException e) {
        return at(Locations.show(location), e);
    }

    /** A failure at a place described in words; one that names a place already keeps it. */
    public static DiskException at(String place, IOException e) {
        if (e instanceof DiskException known) {
            return known.getMessage().contains(place) ? own(known) : own(known).at(place);
        }
        if (e instanceof EOFException) {
            return new DiskException(ErrorCode.CORRUPT, place + ": ends too early: " + e.getMessage(), own(e));
        }
        ErrorCode code = full(e) ? ErrorCode.DISK_FULL : ErrorCode.IO;
        return new DiskException(code, place + ": " + e.getMessage(), own(e));
    }

    /** What a format must not throw: an unchecked exception or an error. */
    public static DiskException bug(FormatProvider format, Throwable e) {
        DiskException failure = new DiskException(
                ErrorCode.IO,
                "format " + format.name() + " of " + format.bundle() + " " + format.version() + " failed: " + e);
        failure.setStackTrace(e.getStackTrace());
        return failure;
    }

    /** Whatever ended a request or job, as its caller sees it. */
    public static DiskException of(String place, Throwable e) {
        if (e instanceof IOException known) {
            return at(place, known);
        }
        DiskException failure = new DiskException(ErrorCode.IO, place + ": " + e, jdk(e) ? e : null);
        failure.setStackTrace(e.getStackTrace());
        return failure;
    }

    private static boolean full(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left") || message.contains("Disk quota exceeded");
    }

    /** The exception itself, but with no cause whose class another bundle may take away. */
    private static DiskException own(DiskException e) {
        if (e.getCause() == null || jdk(e.getCause())) {
            return e;
        }
        DiskException plain = new DiskException(e.code(), e.getMessage());
        plain.setStackTrace(e.getStackTrace());
        return plain;
    }

    private static Throwable own(IOException e) {
        return jdk(e) ? e : null;
    }

    private static boolean jdk(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause.getClass().getClassLoader() != null) {
                return false;
            }
        }
        return true;
    }
}
