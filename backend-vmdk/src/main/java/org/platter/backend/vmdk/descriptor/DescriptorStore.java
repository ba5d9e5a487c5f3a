// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * The place of a descriptor: an area of a sparse extent, filled up with NULs, or a file of its own.
 *
 * <p>A crash leaves the old text or the new one, though a text is longer than the sector that disks write whole. Where
 * no line moves and every line changes within one sector, as with new content ids and UUIDs, the sectors are written in
 * place: each mixture of old and new is a text of its own right. Otherwise the new text is first stored as a
 * {@link DescriptorJournal} behind the old one, as comment lines that other programs skip; then the text itself is written, and the
 * journal taken away. Whoever finds a journal and a text that is neither old nor new takes the journal. For one thread.
 */
public final class DescriptorStore implements DescriptorPlace {
    /** The most bytes of a text. */
    public static final int MOST = 1 << 20;

    private final Storage storage;
    private final long position;
    private final int area; // bytes, or -1 for a file
    private byte[] text; // as it is stored, or will be once pending is
    private byte[] pending; // this text has a journal, and may be stored in part
    private int leftover = -1; // where a journal is that is no longer needed
    private boolean removed; // a journal was taken away, perhaps not durably

    private DescriptorStore(Storage storage, long position, int area) {
        this.storage = storage;
        this.position = position;
        this.area = area;
    }

    /** The area of {@code area} bytes at {@code position}. */
    public static DescriptorStore embedded(Storage storage, long position, int area) throws IOException {
        DescriptorStore store = new DescriptorStore(storage, position, area);
        store.load(Sectors.read(storage, position, area, "VMDK descriptor"));
        return store;
    }

    /** The whole file. */
    public static DescriptorStore file(Storage storage) throws IOException {
        long size = storage.size();
        if (size > 2L * MOST) {
            throw Bad.header("VMDK descriptor: the file has " + size + " bytes, a descriptor at most " + MOST);
        }
        DescriptorStore store = new DescriptorStore(storage, 0, -1);
        store.load(Sectors.read(storage, 0, (int) size, "VMDK descriptor"));
        return store;
    }

    private void load(ByteBuffer bytes) throws DiskException {
        byte[] all = bytes.array();
        int end = DescriptorJournal.find(all);
        byte[] before = Arrays.copyOf(all, end);
        text = Arrays.copyOf(before, textLength(before));
        byte[] recovered = DescriptorJournal.recover(all, end);
        if (recovered != null) {
            text = recovered;
            pending = recovered;
        } else if (end < all.length) {
            leftover = end;
        }
        if (text.length > MOST) {
            throw Bad.header("VMDK descriptor: has " + text.length + " bytes, more than " + MOST);
        }
    }

    private static int textLength(byte[] bytes) {
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return length;
    }

    /** True if there is no text. */
    public boolean empty() {
        return text.length == 0;
    }

    /** The text as it counts. */
    public Descriptor read() throws DiskException {
        return Descriptor.parse(ByteBuffer.wrap(text));
    }

    @Override
    public void checkRoom(Descriptor descriptor) throws DiskException {
        int length = descriptor.bytes().length;
        int room = area < 0 ? MOST : area;
        if (length > room) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "VMDK descriptor: " + length + " bytes do not fit into its " + room);
        }
    }

    /** Stores the text, if it differs. On return it may still be lost by a crash, but not torn. */
    @Override
    public void write(Descriptor descriptor) throws IOException {
        checkRoom(descriptor);
        byte[] wanted = descriptor.bytes();
        if (pending != null) {
            commit(pending);
        }
        if (Arrays.equals(wanted, text)) {
            return;
        }
        settle();
        int start = (int) Sectors.roundUp(Math.max(wanted.length, text.length), Sectors.BYTES);
        byte[] journal = DescriptorJournal.of(padded(text, start), padded(wanted, start), wanted);
        if (!InPlace.safe(text, wanted) && start + journal.length <= (area < 0 ? 2 * MOST : area)) {
            byte[] gap = padded(text, start);
            put(ByteBuffer.wrap(gap, text.length, start - text.length), text.length);
            put(ByteBuffer.wrap(journal), start);
            storage.flush();
            pending = wanted;
            commit(wanted);
        } else {
            put(ByteBuffer.wrap(padded(wanted, Math.max(wanted.length, text.length))), 0);
        }
        text = wanted;
    }

    /** A journal must be gone for good before the text becomes one that it does not know. */
    private void settle() throws IOException {
        if (leftover >= 0) {
            remove(leftover);
            leftover = -1;
        }
        if (removed) {
            storage.flush();
            removed = false;
        }
    }

    private void remove(int journal) throws IOException {
        if (area < 0) {
            storage.resize(journal);
        } else {
            put(ByteBuffer.allocate(area - journal), journal);
        }
        removed = true;
    }

    /** Makes the text what its journal says, and takes the journal away. */
    private void commit(byte[] wanted) throws IOException {
        int start = (int) Sectors.roundUp(Math.max(wanted.length, text.length), Sectors.BYTES);
        put(ByteBuffer.wrap(padded(wanted, start)), 0);
        storage.flush();
        text = wanted;
        pending = null;
        remove(area < 0 ? wanted.length : start);
    }

    private byte[] padded(byte[] bytes, int length) {
        byte[] padded = Arrays.copyOf(bytes, length);
        if (area < 0) {
            Arrays.fill(padded, bytes.length, length, (byte) '\n');
        }
        return padded;
    }

    private void put(ByteBuffer bytes, int at) throws IOException {
        if (bytes.hasRemaining()) {
            storage.write(bytes, position + at);
        }
    }
}
