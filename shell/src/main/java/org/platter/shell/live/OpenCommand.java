// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code open}: opens a disk under a name, until it is closed. */
public final class OpenCommand extends Command {
    private final Option<String> name = syntax.option("-n --name", "NAME", word -> word, "its name, else the file's");
    private final Option<Set<OpenFlag>> flags =
            syntax.options("--flags", "F[,F…]", Values::openFlags, "how to open it, such as read-only");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the newest image of the disk");

    /** Declares the options. */
    public OpenCommand() {
        super("open", "Open a disk and keep it open", "open -n win --flags read-only snapshot.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Set<OpenFlag> all = EnumSet.noneOf(OpenFlag.class);
        flags.values().forEach(all::addAll);
        OpenRequest request = images.request(invocation, image.get(), all);
        String chosen = name.value().orElseGet(() -> invocation.disks().freeName(request.location()));
        VirtualDisk disk = invocation.disks().add(chosen);
        try {
            disk.openChain(request);
        } catch (IOException | RuntimeException e) {
            invocation.disks().close(disk);
            throw e;
        }
        ChainOptions.tell(invocation, disk);
        return new Name(chosen);
    }

    private record Name(String name) implements Result {
        @Override
        public void text(Text out) throws IOException {
            out.line(name);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
