// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * The footer at the end of an open file and its copy at the front, and the order in which they change: the end first,
 * then, when that is durable, the copy; so one of the two is always whole. A footer that moves is durable at its new
 * place before anything happens to the old one. For one thread.
 */
final class VhdFooters {
    /** Very old files end with a footer that lacks its last byte. */
    private static final int SHORT = VhdFooter.BYTES - 1;

    private static final int SECTOR = 512;

    private final Storage storage;
    private VhdFooter current;
    private VhdFooter durable;
    private VhdFooter copy; // what is at the front
    private volatile long position; // of the footer at the end, or -1 if it is lost

    private VhdFooters(Storage storage, VhdFooter footer, VhdFooter copy, long position) {
        this.storage = storage;
        current = footer;
        durable = footer;
        this.copy = copy;
        this.position = position;
    }

    /** The footers of an image that has just been written. */
    static VhdFooters created(Storage storage, VhdFooter footer, long position) {
        return new VhdFooters(storage, footer, footer, position);
    }

    /** Finds the footer that counts: the one at the end if it is whole, else the copy of an image that grows. */
    static VhdFooters read(Storage storage) throws IOException {
        long size = storage.size();
        if (size < SHORT) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER, "VHD footer: the file has " + size + " bytes, a footer needs " + SHORT);
        }
        long place = tail(storage);
        VhdFooter tail = at(storage, place < 0 ? size - SHORT : place);
        VhdFooter front = at(storage, 0);
        if (place >= 0 && tail.whole()) {
            return new VhdFooters(storage, tail.validated(), front, place);
        }
        if (front.whole() && !front.fixed()) {
            return new VhdFooters(storage, front.validated(), front, -1);
        }
        throw refusal(tail);
    }

    private static DiskException refusal(VhdFooter tail) throws DiskException {
        tail.validated();
        return new DiskException(ErrorCode.BAD_HEADER, "VHD footer: there is none at the end of the file");
    }

    /** Where the footer at the end starts, or -1. */
    private static long tail(Storage storage) throws IOException {
        for (long place = storage.size() - VhdFooter.BYTES; place <= storage.size() - SHORT; place++) {
            if (place >= 0 && VhdFooter.signs(bytes(storage, place))) {
                return place;
            }
        }
        return -1;
    }

    /** True if the file ends with a footer, whole or damaged. */
    static boolean ends(Storage storage) throws IOException {
        return tail(storage) >= 0;
    }

    /**
     * True if {@code parts} can be the image that {@code first} begins: they end with a footer, the one that {@code first}
     * has a copy of; or, if a part is missing, without one.
     */
    static boolean belong(Storage first, Storage parts) throws IOException {
        long place = tail(parts);
        VhdFooter front = first.size() < VhdFooter.BYTES ? null : at(first, 0);
        boolean grows = front != null && front.whole() && !front.fixed();
        if (place < 0) {
            return grows;
        }
        VhdFooter last = at(parts, place);
        return last.whole() && (grows ? last.id().equals(front.id()) && !last.fixed() : last.fixed());
    }

    /** True if the file starts or ends like an image. */
    static boolean probe(Storage storage) throws IOException {
        return storage.size() >= SHORT && (VhdFooter.signs(bytes(storage, 0)) || tail(storage) >= 0);
    }

    private static VhdFooter at(Storage storage, long place) throws IOException {
        return VhdFooter.decode(bytes(storage, place));
    }

    /** The bytes of a footer, with zeroes for what the file lacks. */
    private static ByteBuffer bytes(Storage storage, long place) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(VhdFooter.BYTES);
        bytes.limit((int) Math.min(bytes.capacity(), storage.size() - place));
        storage.read(bytes, place);
        return bytes.clear();
    }

    /** The footer with all changes. */
    VhdFooter footer() {
        return current;
    }

    /** Where the footer at the end starts: blocks and tables must end before; the end of the file if it is lost. */
    long end() throws IOException {
        long known = position;
        return known < 0 ? storage.size() : known;
    }

    boolean lost() {
        return position < 0;
    }

    /** Changes the footer; it reaches the file by {@link #commit}. */
    void change(VhdFooter footer) {
        current = footer;
    }

    /** What is wrong with the two. */
    Optional<String> slip() {
        if (lost()) {
            return Optional.of("VHD footer: the one at the end of the file is lost, its copy at 0 is there");
        }
        if (!durable.fixed() && !copy.whole()) {
            return Optional.of("VHD footer: the copy at 0 is damaged");
        }
        return durable.fixed() || copy.agrees(durable)
                ? Optional.empty()
                : Optional.of("VHD footer: the copy at 0 differs from the one at " + position);
    }

    /** Gives the file a footer at its end again. */
    void restore() throws IOException {
        if (lost()) {
            moveTo((storage.size() + SECTOR - 1) / SECTOR * SECTOR);
        }
    }

    /** Lets the file end with a footer at a place behind the one there is. */
    void moveTo(long place) throws IOException {
        storage.write(durable.encode(), place);
        storage.flush();
        position = place;
    }

    /** Lets the file end with a footer at a place before the one there is; what is between must not be in use. */
    void cutTo(long place) throws IOException {
        if (position - place >= VhdFooter.BYTES) {
            storage.write(durable.encode(), place);
            storage.flush();
            storage.resize(place + VhdFooter.BYTES);
            position = place;
        }
    }

    /** Makes changes durable, and the two alike. */
    void commit() throws IOException {
        restore();
        if (!current.equals(durable)) {
            storage.write(current.encode(), position);
            storage.flush();
            durable = current;
        }
        if (!durable.fixed() && !copy.equals(durable)) {
            storage.write(durable.encode(), 0);
            storage.flush();
            copy = durable;
        }
    }

    /** True if {@link #commit} has something to do. */
    boolean changed() {
        return lost() || !current.equals(durable) || !durable.fixed() && !copy.agrees(durable);
    }
}
