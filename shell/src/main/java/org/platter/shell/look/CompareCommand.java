// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.util.Optional;
import org.platter.disk.Comparison;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code compare}: whether two disks read the same. */
public final class CompareCommand extends Command {
    private final Option<Boolean> strict = syntax.flag("--strict", "the sizes must be equal too");
    private final Option<String> second =
            syntax.option("-F --format-b", "FORMAT", word -> word, "the second image's format, without probing");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> a = syntax.argument("A", word -> word, "an image");
    private final Argument<String> b =
            syntax.argument("B", word -> word, "another; what the shorter one lacks counts as zeroes");

    /** Declares the options. */
    public CompareCommand() {
        super("compare", "Compare what two disks read as", "platter compare disk.vdi disk.img");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        VirtualDisk one = images.open(invocation, a.get(), Access.READ).disk();
        VirtualDisk other =
                images.open(invocation, b.get(), Access.READ, second.value()).disk();
        Comparison result = invocation.await(one.compare(other));
        if (result.identical() && strict.given() && one.size() != other.size()) {
            return new Answer(false, Optional.of(Math.min(one.size(), other.size())));
        }
        return new Answer(result.identical(), Optional.of(result.difference()).filter(offset -> !result.identical()));
    }

    private record Answer(boolean identical, Optional<Long> difference) implements Result {
        @Override
        public int status() {
            return identical ? 0 : 1;
        }

        @Override
        public void text(Text out) throws IOException {
            out.line(difference.map(offset -> "differ at " + offset).orElse("identical"));
        }
    }
}
