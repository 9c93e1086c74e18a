#!/usr/bin/perl
# What sqitch makes of projects: a line of JSON for each folder given, {"folder", "changes": [{"name", "deploy", "revert",
# "verify", "requires"}]} in the order of deployment, or {"folder", "error"} where it refuses to read or to deploy the plan.
use strict;
use warnings;

use App::Sqitch;
use App::Sqitch::Config;
use App::Sqitch::Engine::pg;
use App::Sqitch::Target;
use JSON::PP;

# Nothing was deployed yet, and no database is asked.
{
    no warnings 'redefine';
    *App::Sqitch::Engine::pg::change_id_for        = sub { undef };
    *App::Sqitch::Engine::pg::are_deployed_changes = sub { () };
    *App::Sqitch::vent                             = sub { };
}

my $json = JSON::PP->new->canonical->utf8;

sub script {
    my $file = shift;
    return -e $file ? "$file" : undef;
}

sub changes {
    my $config = App::Sqitch::Config->new;
    my $sqitch = App::Sqitch->new( config => $config );
    my $target = App::Sqitch::Target->new( sqitch => $sqitch );
    my $plan   = $target->plan;
    my @changes;
    for my $change ( $plan->changes ) {
        my $deploy = $change->deploy_file;
        die "Deploy script $deploy does not exist\n" unless -e $deploy;
        push @changes => {
            name     => $change->name,
            deploy   => "$deploy",
            revert   => script( $change->revert_file ),
            verify   => script( $change->verify_file ),
            requires => [ map { $_->key_name } $change->requires ],
        };
    }
    $target->engine->check_deploy_dependencies($plan);
    return \@changes;
}

for my $folder (@ARGV) {
    chdir $folder or die "$folder: $!";
    my $changes = eval { changes() };
    my $error   = $@;
    my %said    = ( folder => $folder );
    if ($changes) { $said{changes} = $changes }
    else          { $said{error} = ref $error && $error->can('message') ? $error->message : "$error" }
    print $json->encode( \%said ), "\n";
}
