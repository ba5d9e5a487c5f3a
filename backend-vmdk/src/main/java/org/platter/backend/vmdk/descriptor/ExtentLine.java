// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.util.Locale;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;

/**
 * A line that describes an extent.
 *
 * @param access what may be done with it
 * @param sectors of the disk that it holds, more than 0
 * @param type what its file is
 * @param name of its file or device, empty for none
 * @param offset sector of the file at which it starts, or -1 if the line does not say
 * @param more what follows the offset, as written: a partition UUID, a device id
 */
public record ExtentLine(Access access, long sectors, Type type, String name, long offset, String more) {
    /** What may be done with an extent. */
    public enum Access {
        /** Reading and writing. */
        RW,
        /** Reading. */
        RDONLY,
        /** Nothing. */
        NOACCESS
    }

    /** What the file of an extent is. */
    public enum Type {
        /** Bytes as they are, perhaps of a device. */
        FLAT,
        /** A hosted sparse extent. */
        SPARSE,
        /** No file: zeroes. */
        ZERO,
        /** Bytes as they are, of an ESX server. */
        VMFS,
        /** A COWD extent. */
        VMFSSPARSE,
        /** The mapping of a device by an ESX server. */
        VMFSRDM,
        /** The same, passed through. */
        VMFSRAW,
        /** A space-efficient sparse extent. */
        SESPARSE
    }

    private static final int MOST_NAME = 4096;

    /** An extent in a file of its own. */
    public static ExtentLine of(long bytes, Type type, String name, long offset) {
        return new ExtentLine(Access.RW, bytes / Sectors.BYTES, type, name, offset, "");
    }

    /** Bytes of the disk that it holds. */
    public long bytes() {
        return sectors * Sectors.BYTES;
    }

    /** True if the first word of a line says that it describes an extent. */
    static boolean starts(String line) {
        return access(line.trim().split("\\s", 2)[0]) != null;
    }

    private static Access access(String word) {
        for (Access each : Access.values()) {
            if (each.name().equalsIgnoreCase(word)) {
                return each;
            }
        }
        return null;
    }

    static ExtentLine parse(String line) throws DiskException {
        LineScanner scanner = new LineScanner(line);
        Access access = access(scanner.next());
        long sectors = scanner.number("size");
        Type type = type(scanner.next(), line);
        String name = scanner.atQuote() ? scanner.quoted() : "";
        long offset = scanner.done() ? -1 : scanner.number("offset");
        String more = scanner.rest();
        ExtentLine extent = new ExtentLine(access, sectors, type, name, offset, more);
        return extent.validated(line);
    }

    private static Type type(String word, String line) throws DiskException {
        try {
            return Type.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw Bad.header("VMDK descriptor: unknown extent type in " + LineScanner.shown(line));
        }
    }

    private ExtentLine validated(String line) throws DiskException {
        if (sectors == 0 || sectors > Sectors.MOST) {
            throw Bad.header("VMDK descriptor: extent of " + sectors + " sectors in " + LineScanner.shown(line));
        }
        if (type != Type.ZERO && access != Access.NOACCESS && name.isEmpty()) {
            throw Bad.header("VMDK descriptor: extent without a file name in " + LineScanner.shown(line));
        }
        if (name.length() > MOST_NAME || name.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
            throw Bad.header("VMDK descriptor: file name of " + name.length()
                    + " characters, or with control characters, in " + LineScanner.shown(line));
        }
        if (offset > 0 && type != Type.FLAT) {
            throw Bad.header("VMDK descriptor: offset " + offset + " of an extent that is not FLAT in "
                    + LineScanner.shown(line));
        }
        if (offset > Sectors.MOST - sectors) {
            throw Bad.header("VMDK descriptor: extent ends above 2^63 in " + LineScanner.shown(line));
        }
        return this;
    }

    /** The same under another file name. */
    public ExtentLine withName(String other) {
        return new ExtentLine(access, sectors, type, other, offset, more);
    }

    /** The same for reading. */
    public ExtentLine readOnly() {
        return new ExtentLine(Access.RDONLY, sectors, type, name, offset, more);
    }

    /** The same of another size. */
    public ExtentLine withBytes(long bytes) {
        return new ExtentLine(access, bytes / Sectors.BYTES, type, name, offset, more);
    }

    /** The line, without its end. */
    String text() {
        StringBuilder line = new StringBuilder().append(access).append(' ').append(sectors);
        line.append(' ').append(type);
        if (!name.isEmpty()) {
            line.append(" \"").append(name).append('"');
        }
        if (offset >= 0) {
            line.append(' ').append(offset);
        }
        return more.isEmpty() ? line.toString() : line.append(' ').append(more).toString();
    }
}
